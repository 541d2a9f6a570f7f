"""All SQL of histories and of balances that are summed."""

from __future__ import annotations

from largesse.kernel.database import Connection
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.model import Entry

_LAST = 2**63 - 1


async def entries(
    connection: Connection, *, account: int, before_seq: int | None, limit: int
) -> list[Entry]:
    """Acts of a purse by falling number. What changed is signed by the act's shape."""
    cursor = await connection.execute(
        "select j.id, j.seq, j.at, j.kind, j.shape, w.sign * (j.promo + j.paid) as coins,"
        " w.sign * j.paid as paid, w.sign * j.promo as promo, j.party, j.micro,"
        " p.currency, j.balance"
        " from ledger.journal j join ledger.purse p on p.account = j.account"
        " cross join lateral (select case when j.shape in (1, 3, 6) then -1"
        "   when j.shape in (2, 5) then 1 else 0 end) w (sign)"
        " where j.account = %s and j.seq < %s and j.shape > 0 order by j.seq desc limit %s",
        (account, _LAST if before_seq is None else before_seq, limit),
    )
    return [
        Entry(act, seq, at, Kind(kind), Shape(shape), *rest)
        for act, seq, at, kind, shape, *rest in await cursor.fetchall()
    ]


async def open_balance(connection: Connection, *, account: int, asset: int) -> int:
    """What an account that nobody locks has on its credit side."""
    cursor = await connection.execute(
        "select ledger.open_balance(%s, %s::smallint)", (account, asset)
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
