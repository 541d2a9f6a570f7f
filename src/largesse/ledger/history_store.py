"""All SQL of histories and of balances that are summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.model import Entry

_LAST = 2**63 - 1


# What changed is signed by the act's shape. A credit names the order that paid for it, a prize its
# pot. Whoever holds an escrow is no person to show.
_ENTRY = (
    "select j.id, j.seq, j.at, j.kind, j.shape, w.sign * (j.promo + j.prize + j.paid) as coins,"
    " w.sign * j.paid as paid, w.sign * j.promo as promo,"
    " case when j.shape in (7, 8, 11) then null else j.party end, j.micro,"
    " p.currency, j.balance,"
    " case when j.shape in (2, 11) then (select l.source from ledger.lot l"
    "   where l.account = j.account and l.seq = j.seq and l.source is not null limit 1) end,"
    " w.sign * j.prize as prize"
    " from ledger.journal j join ledger.purse p on p.account = j.account"
    " cross join lateral (select case when j.shape in (1, 3, 6, 7, 10) then -1"
    "   when j.shape in (2, 5, 8, 11) then 1 else 0 end) w (sign)"
    " where j.account = %s and j.shape > 0"
)


async def entries(
    connection: Connection, *, account: int, before_seq: int | None, limit: int
) -> list[Entry]:
    """Acts of a purse by falling number."""
    cursor = await connection.execute(
        f"{_ENTRY} and j.seq < %s order by j.seq desc limit %s",
        (account, _LAST if before_seq is None else before_seq, limit),
    )
    return [_entry(row) for row in await cursor.fetchall()]


async def entry(connection: Connection, *, account: int, act: UUID) -> Entry | None:
    """One act of a purse by its id."""
    cursor = await connection.execute(f"{_ENTRY} and j.id = %s", (account, act))
    row = await cursor.fetchone()
    return None if row is None else _entry(row)


def _entry(row: Sequence[Any]) -> Entry:
    act, seq, at, kind, shape, *rest = row
    return Entry(act, seq, at, Kind(kind), Shape(shape), *rest)


async def open_balance(connection: Connection, *, account: int, asset: int) -> int:
    """What an account that nobody locks has on its credit side."""
    cursor = await connection.execute(
        "select ledger.open_balance(%s, %s::smallint)", (account, asset)
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
