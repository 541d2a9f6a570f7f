"""All SQL of lots and spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.lots import FOREVER, Lot, Pool, Span


async def add_lot(connection: Connection, lot: Lot) -> None:
    """Remember what came in and for how much; never changed afterwards."""
    await connection.execute(
        "insert into ledger.lot (account, id, seq, pool, coins, currency, country, origin, source,"
        " micro, tax_micro, fee_micro, expires) values"
        " (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, coalesce(%s::timestamptz, 'infinity'))",
        (
            lot.account, lot.id, lot.seq, int(lot.pool), lot.coins, lot.currency, lot.country,
            lot.origin, lot.source, lot.micro, lot.tax_micro, lot.fee_micro, lot.expires,
        ),
    )  # fmt: skip


async def live_spans(
    connection: Connection, *, account: int, pool: Pool, serial: int
) -> list[Span]:
    """The spans that still have coins from `serial` on, in serial order."""
    async with connection.cursor(row_factory=class_row(Span)) as cursor:
        await cursor.execute(
            "select s.serial_from, s.serial_to, s.lot, s.lot_from, s.coins as lot_coins,"
            " s.micro, s.tax_micro, s.fee_micro,"
            " case when l.expires = 'infinity' then %s::timestamptz else l.expires end as expires,"
            " l.seq as lot_seq, s.back, s.returned"
            " from ledger.span s join ledger.lot l on l.account = s.account and l.id = s.lot"
            " where s.account = %s and s.pool = %s and s.serial_to > %s order by s.serial_to",
            (FOREVER, account, int(pool), serial),
        )
        return await cursor.fetchall()


async def lifted_spans(
    connection: Connection, *, account: int, pool: Pool, first: int, end: int
) -> list[Span]:
    """Take up the spans that have any of the serials [first, end), to lay them again in pieces."""
    async with connection.cursor(row_factory=class_row(Span)) as cursor:
        await cursor.execute(
            "with gone as (delete from ledger.span where account = %s and pool = %s"
            "   and serial_to > %s and serial_from < %s returning *)"
            " select s.serial_from, s.serial_to, s.lot, s.lot_from, s.coins as lot_coins,"
            " s.micro, s.tax_micro, s.fee_micro,"
            " case when l.expires = 'infinity' then %s::timestamptz else l.expires end as expires,"
            " l.seq as lot_seq, s.back, s.returned"
            " from gone s join ledger.lot l on l.account = s.account and l.id = s.lot"
            " order by s.serial_to",
            (account, int(pool), first, end, FOREVER),
        )
        return await cursor.fetchall()


async def add_spans(
    connection: Connection, *, account: int, pool: Pool, spans: Sequence[Span]
) -> None:
    """Say which lot the next serials belong to."""
    for span in spans:
        await connection.execute(
            "insert into ledger.span (account, pool, serial_from, serial_to, lot, lot_from, coins,"
            " micro, tax_micro, fee_micro, back, returned)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                account, int(pool), span.serial_from, span.serial_to, span.lot, span.lot_from,
                span.lot_coins, span.micro, span.tax_micro, span.fee_micro, span.back,
                span.returned,
            ),
        )  # fmt: skip


async def lift_spans(connection: Connection, *, account: int, pool: Pool, serial: int) -> None:
    """Take up the spans that end after `serial`, to lay them again."""
    await connection.execute(
        "delete from ledger.span where account = %s and pool = %s and serial_to > %s",
        (account, int(pool), serial),
    )


@dataclass(frozen=True, slots=True)
class CountryBasis:
    """What live coins that were bought in a country had cost, in micro."""

    country: str
    micro: int
    tax_micro: int
    fee_micro: int

    @property
    def net_micro(self) -> int:
        """Without the tax, which was never ours."""
        return self.micro - self.tax_micro


async def live_basis(
    connection: Connection, *, account: int, paid_out: int, prize_out: int
) -> list[CountryBasis]:
    """What all coins from these serials on had cost, by the country of their lots."""
    async with connection.cursor(row_factory=class_row(CountryBasis)) as cursor:
        await cursor.execute(
            "select l.country, sum(ledger.part(s.micro, s.coins, p.b) - ledger.part(s.micro, s.coins, p.a))::bigint as micro,"
            " sum(ledger.part(s.tax_micro, s.coins, p.b) - ledger.part(s.tax_micro, s.coins, p.a))::bigint as tax_micro,"
            " sum(ledger.part(s.fee_micro, s.coins, p.b) - ledger.part(s.fee_micro, s.coins, p.a))::bigint as fee_micro"
            " from (values (1, %s::bigint), (3, %s::bigint)) pools (pool, gone)"
            " join ledger.span s on s.pool = pools.pool and s.serial_to > pools.gone"
            " join ledger.lot l on l.account = s.account and l.id = s.lot"
            " cross join lateral (select s.lot_from + greatest(pools.gone - s.serial_from, 0) as a,"
            "   s.lot_from + s.serial_to - s.serial_from as b) p"
            " where s.account = %s group by l.country order by l.country",
            (paid_out, prize_out, account),
        )
        return await cursor.fetchall()
