"""All SQL of histories and of balances that are summed."""

from __future__ import annotations

from largesse.kernel.database import Connection
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.model import Earning, Entry

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


async def earnings(
    connection: Connection, *, creator: int, before_seq: int | None, limit: int
) -> list[Earning]:
    """Acts that issued diamonds to a creator, by falling number."""
    cursor = await connection.execute(
        "select j.id, j.seq, j.at, j.kind, j.account as sender, j.promo + j.paid as coins,"
        " j.diamonds, j.micro, j.tax_micro, j.fee_micro, p.currency"
        " from ledger.journal j join ledger.purse p on p.account = j.account"
        " where j.party = %s and j.seq < %s and j.shape in (1, 4)"
        " order by j.seq desc limit %s",
        (creator, _LAST if before_seq is None else before_seq, limit),
    )
    return [
        Earning(act, seq, at, Kind(kind), *rest)
        for act, seq, at, kind, *rest in await cursor.fetchall()
    ]


async def open_balance(connection: Connection, *, account: int, party: int) -> int:
    """Pending diamonds: snapshot + tail, read in one statement so that both are of one moment."""
    cursor = await connection.execute(
        "select coalesce((select s.credits - s.debits from ledger.snapshot s"
        "   where s.account = %(account)s and s.asset = 2), 0)"
        " + coalesce((select sum(j.diamonds) from ledger.journal j"
        "   where j.party = %(party)s and j.seq > h.folded), 0)"
        " + coalesce((select sum(case when t.credit = %(account)s then t.amount else -t.amount end)"
        "   from ledger.transfer t where t.seq > h.folded and t.asset = 2"
        "   and (t.credit = %(account)s or t.debit = %(account)s)), 0)"
        " from ledger.horizon h",
        {"account": account, "party": party},
    )
    row = await cursor.fetchone()
    return int(row[0]) if row is not None else 0
