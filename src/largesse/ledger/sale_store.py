"""All SQL that looks a recharge up: its lots, its money, and where its coins went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row, kwargs_row

from largesse.kernel.database import Connection
from largesse.ledger.chart import Kind
from largesse.ledger.claims_model import Amounts, CoinUse, Sale, Seller
from largesse.ledger.lots import Pool


@dataclass(frozen=True, slots=True)
class Portion:
    """The coins [a, b) of an act that were coins of a certain recharge. `rate` is micro a diamond."""

    seq: int
    party: int
    hour: int
    coins: int
    diamonds: int
    rate: int
    a: int
    b: int


async def sale(connection: Connection, *, account: int, source: UUID) -> Sale | None:
    """The recharge that an order paid for. Who owes its money is read from its own legs.

    A store that keeps the whole price owes nothing; its recharge has no leg of a provider either.
    """
    cursor = await connection.execute(
        "select min(l.seq), sum(l.coins)::bigint, min(l.currency), sum(l.micro)::bigint,"
        " sum(l.tax_micro)::bigint, sum(l.fee_micro)::bigint"
        " from ledger.lot l where l.account = %s and l.source = %s and l.pool = 1",
        (account, source),
    )
    row = await cursor.fetchone()
    if row is None or row[0] is None:
        return None
    seq, coins, currency, micro, tax_micro, fee_micro = row
    cursor = await connection.execute(
        "select debit from ledger.transfer where account = %s and seq = %s"
        " and debit %% 1000 in (310, 312) order by leg limit 1",
        (account, seq),
    )
    owes = await cursor.fetchone()
    number: int = owes[0] if owes is not None else 1312
    seller = Seller.HOUSE if number % 1000 == 310 else Seller.STORE
    return Sale(
        account, source, seq, coins, currency, micro, tax_micro, fee_micro, number // 1000, seller
    )


async def lots_of(connection: Connection, *, account: int, source: UUID, pool: Pool) -> set[UUID]:
    """The lots of a recharge: of its paid coins, or of its bonus."""
    cursor = await connection.execute(
        "select id from ledger.lot where account = %s and source = %s and pool = %s",
        (account, source, int(pool)),
    )
    return {lot for (lot,) in await cursor.fetchall()}


async def refunded(connection: Connection, *, account: int, source: UUID) -> Amounts:
    """The money of a recharge that went back already."""
    cursor = await connection.execute(
        "select coalesce(sum(t.amount) filter (where t.debit %% 1000 = 400), 0)::bigint,"
        " coalesce(sum(t.amount) filter (where t.debit %% 1000 = 420), 0)::bigint,"
        " coalesce(sum(t.amount) filter (where t.credit %% 1000 = 601), 0)::bigint"
        " from ledger.hold h join ledger.transfer t on t.account = h.account and t.seq = h.resolved"
        " where h.account = %s and h.kind = 170 and h.state = 1 and exists (select"
        "  from ledger.earmark e join ledger.lot l on l.account = e.account and l.id = e.lot"
        "  where e.account = h.account and e.hold = h.id and l.source = %s)",
        (account, source),
    )
    row = await cursor.fetchone()
    assert row is not None
    net, tax, fee = row
    return Amounts(net, tax, fee)


async def open_refund(connection: Connection, *, account: int, source: UUID) -> UUID | None:
    """The refund of a recharge that nobody has decided yet."""
    cursor = await connection.execute(
        "select h.id from ledger.hold h where h.account = %s and h.kind = 170 and h.state = 0"
        " and exists (select from ledger.earmark e join ledger.lot l"
        "  on l.account = e.account and l.id = e.lot"
        "  where e.account = h.account and e.hold = h.id and l.source = %s) limit 1",
        (account, source),
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def source_of(connection: Connection, *, account: int, hold: UUID) -> UUID:
    """The order whose coins a hold is about."""
    cursor = await connection.execute(
        "select l.source from ledger.earmark e"
        " join ledger.lot l on l.account = e.account and l.id = e.lot"
        " where e.account = %s and e.hold = %s limit 1",
        (account, hold),
    )
    row = await cursor.fetchone()
    assert row is not None, "a hold of certain coins has them"
    source: UUID = row[0]
    return source


# The spans of a recharge's paid coins, laid over the acts that took their serials for good. What
# went into escrow is found where it is spent from there.
_OVER = (
    " from ledger.lot l"
    " join ledger.span s on s.account = l.account and s.pool = 1 and s.lot = l.id"
    "  and not s.back"
    " join ledger.journal j on j.account = l.account and j.seq > l.seq and j.shape in (1, 4, 9, 10)"
    "  and j.paid > 0 and j.paid_from < s.serial_to and j.paid_from + j.paid > s.serial_from"
    " cross join lateral (select greatest(s.serial_from, j.paid_from) - j.paid_from as a,"
    "  least(s.serial_to, j.paid_from + j.paid) - j.paid_from as b) o"
    " where l.account = %s and l.source = %s and l.pool = 1"
)


async def taken_back(connection: Connection, *, account: int, source: UUID) -> int:
    """How many coins of a recharge were refunded, clawed back or forfeited."""
    cursor = await connection.execute(
        f"select coalesce(sum(o.b - o.a), 0)::bigint {_OVER} and j.kind in (170, 171, 172)",
        (account, source),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def portions(connection: Connection, *, account: int, source: UUID) -> list[Portion]:
    """Which part of which gifts these coins paid for, oldest first. Promo and prize coins come first in an act."""
    async with connection.cursor(row_factory=class_row(Portion)) as cursor:
        await cursor.execute(
            "select j.seq, j.party, floor(extract(epoch from j.at) / 3600)::int as hour,"
            " j.promo + j.prize + j.paid as coins, j.diamonds, coalesce(j.rate, 0) as rate,"
            f" j.promo + j.prize + o.a as a, j.promo + j.prize + o.b as b {_OVER} and j.diamonds > 0"
            " order by j.party, j.seq, o.a",
            (account, source),
        )
        return await cursor.fetchall()


async def bonus_is_overdue(
    connection: Connection, *, account: int, source: UUID, at: datetime
) -> bool:
    """Whether the bonus of a recharge has run out of time, though nobody has swept it up yet."""
    cursor = await connection.execute(
        "select exists (select from ledger.lot where account = %s and source = %s and pool = 2"
        " and expires <= %s)",
        (account, source, at),
    )
    row = await cursor.fetchone()
    assert row is not None
    return bool(row[0])


async def uses(connection: Connection, *, account: int, source: UUID) -> list[CoinUse]:
    """The acts that spent paid coins of a recharge for good, oldest first."""
    async with connection.cursor(row_factory=kwargs_row(_use)) as cursor:
        await cursor.execute(
            "select j.id, j.at, j.kind, j.party, sum(o.b - o.a)::bigint as coins,"
            " j.promo + j.prize + j.paid as coins_of_act, j.diamonds"
            f"{_OVER} and j.kind between 160 and 169 group by j.account, j.seq order by j.seq",
            (account, source),
        )
        return await cursor.fetchall()


def _use(*, kind: int, **row: Any) -> CoinUse:
    return CoinUse(kind=Kind(kind), **row)
