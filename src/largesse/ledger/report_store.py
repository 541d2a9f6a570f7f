"""All SQL of the reports about coins: which were unused at a moment, which went unused.

Coins are counted from the transfers. A purse's paid coins are those on its paid account
and its paid ones on hold; what crosses the edge of that pool moves an odometer, so the
sums of the crossings are the serials, and spans and lots say what those had cost. Which
act it was does not matter, so a new kind of act needs nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.lots import Pool

# Each pool of a purse: the account of its coins, and the leg that says it of coins on hold.
_POOLS = ((Pool.PAID, 100, 2), (Pool.PROMO, 110, 1), (Pool.PRIZE, 120, 4))
_HELD = 130
_ESCROW = 140
IN_ESCROW = 0
"""Stands where a pool's number would: coins in escrow are in no purse."""


@dataclass(frozen=True, slots=True)
class UnusedRow:
    """Coins that were unused, of one age; without a country where no lot explains them.

    `age` is how many of the given ages they had reached.
    """

    pool: int
    country: str | None
    currency: str | None
    age: int | None
    coins: int
    micro: int
    tax_micro: int


@dataclass(frozen=True, slots=True)
class GoneRow:
    """Coins that went to an account of the house in a month (`2026-03`)."""

    month: str
    code: int
    pool: int
    country: str | None
    currency: str | None
    coins: int
    micro: int
    tax_micro: int


def _pool(side: str) -> str:
    """The pool on a side of a leg, or null where it is neither a purse nor escrow."""
    coins = " ".join(f"when {code} then {int(pool)}" for pool, code, _ in _POOLS)
    held = " ".join(f"when {leg} then {int(pool)}" for pool, _, leg in _POOLS)
    return (
        f"case mod(t.{side}, 1000) {coins} when {_ESCROW} then {IN_ESCROW}"
        f" when {_HELD} then case t.leg {held} end end"
    )


# A leg inside one pool of one party is a hold or its end: nothing crosses the edge.
_CROSSINGS = f"""
    ledger.transfers t
    cross join lateral (select {_pool("debit")} as from_pool, {_pool("credit")} as into_pool) p
    where t.asset = 1 and (p.from_pool is distinct from p.into_pool or t.debit / 1000 <> t.credit / 1000)"""

# The part of a lot's cost that its coins from `after` to `upto` carry.
_COST = """
    ledger.part(l.micro, l.coins, c.upto) - ledger.part(l.micro, l.coins, c.after) as micro,
    ledger.part(l.tax_micro, l.coins, c.upto) - ledger.part(l.tax_micro, l.coins, c.after) as tax_micro"""

_UNUSED = f"""
    with moved as (
        select x.party, x.pool, sum(x.came - x.went) as coins, sum(x.went)::bigint as went
        from (select t.debit / 1000 as giver, t.credit / 1000 as getter, p.from_pool, p.into_pool, t.amount
              from {_CROSSINGS} and t.at < %(before)s) t
        cross join lateral (values (giver, from_pool, 0, amount), (getter, into_pool, amount, 0)) x (party, pool, came, went)
        where x.pool is not null
        group by 1, 2 having sum(x.came) <> sum(x.went)
    ), placed as (
        select m.pool, l.country, l.currency, c.upto - c.after as coins, {_COST},
               width_bucket(floor(extract(epoch from %(before)s - j.at))::bigint, %(ages)s::bigint[]) as age
        from moved m
        -- Spans may have been laid again since, but only those of coins that were not out yet. Coins
        -- that came back from escrow count from then on, and before as the serials that they had.
        join ledger.span s on s.account = m.party and s.pool = m.pool and s.serial_to > m.went
        join ledger.lot l on l.account = s.account and l.id = s.lot
        join ledger.journal j on j.account = l.account and j.seq = l.seq and j.at < %(before)s
        left join ledger.journal r on r.account = s.account and r.seq = s.returned
        cross join lateral (select s.lot_from + greatest(s.serial_from, m.went) - s.serial_from as after,
                                   s.lot_from + s.serial_to - s.serial_from as upto) c
        where r.at is null or r.at < %(before)s
    )
    select pool, country, currency, age, sum(coins)::bigint as coins, sum(micro)::bigint as micro,
           sum(tax_micro)::bigint as tax_micro
    from placed group by 1, 2, 3, 4
    union all
    select counted.pool, null, null, null, (counted.coins - coalesce(explained.coins, 0))::bigint, 0, 0
    from (select pool, sum(coins) as coins from moved group by 1) counted
    left join (select pool, sum(coins) as coins from placed group by 1) explained on explained.pool = counted.pool
    where counted.coins <> coalesce(explained.coins, 0)
    order by 1, 2, 3, 4"""

_GONE = f"""
    with gone as (
        select t.debit / 1000 as party, p.from_pool as pool, t.at, mod(t.credit, 1000) as code, t.amount,
               sum(t.amount) over (partition by t.debit / 1000, p.from_pool order by t.seq, t.leg)::bigint as upto
        from {_CROSSINGS} and p.from_pool is not null and t.debit / 1000 in (
            select g.debit / 1000 from ledger.transfers g
            where mod(g.credit, 1000) = any(%(codes)s) and g.at >= %(since)s and g.at < %(until)s)
    ), priced as (
        select g.at, g.code, g.pool, l.country, l.currency, coalesce(c.upto - c.after, g.amount) as coins, {_COST}
        from gone g
        left join ledger.span s on s.account = g.party and s.pool = g.pool
              and s.serial_to > g.upto - g.amount and s.serial_from < g.upto
        left join ledger.lot l on l.account = s.account and l.id = s.lot
        cross join lateral (select
            s.lot_from + greatest(s.serial_from, g.upto - g.amount) - s.serial_from as after,
            s.lot_from + least(s.serial_to, g.upto) - s.serial_from as upto) c
        where g.code = any(%(codes)s) and g.at >= %(since)s and g.at < %(until)s
    )
    select to_char(at at time zone 'UTC', 'YYYY-MM') as month, code::int as code, pool, country, currency,
           sum(coins)::bigint as coins, coalesce(sum(micro), 0)::bigint as micro,
           coalesce(sum(tax_micro), 0)::bigint as tax_micro
    from priced group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"""


async def unused(
    connection: Connection, *, before: datetime, ages_seconds: Sequence[int]
) -> list[UnusedRow]:
    """What was in the purses at a moment, by pool, country, currency and age."""
    async with connection.cursor(row_factory=class_row(UnusedRow)) as cursor:
        await cursor.execute(_UNUSED.encode(), {"before": before, "ages": list(ages_seconds)})
        return await cursor.fetchall()


async def gone(
    connection: Connection, *, codes: Sequence[int], since: datetime, until: datetime
) -> list[GoneRow]:
    """What left the purses for these accounts in a period, and what it had cost."""
    async with connection.cursor(row_factory=class_row(GoneRow)) as cursor:
        values = {"codes": list(codes), "since": since, "until": until}
        await cursor.execute(_GONE.encode(), values)
        return await cursor.fetchall()
