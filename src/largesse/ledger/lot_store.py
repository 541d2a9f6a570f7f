"""All SQL of lots and spans."""

from __future__ import annotations

from collections.abc import Sequence

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
            " case when l.expires = 'infinity' then %s::timestamptz else l.expires end as expires"
            " from ledger.span s join ledger.lot l on l.account = s.account and l.id = s.lot"
            " where s.account = %s and s.pool = %s and s.serial_to > %s order by s.serial_to",
            (FOREVER, account, int(pool), serial),
        )
        return await cursor.fetchall()


async def add_spans(
    connection: Connection, *, account: int, pool: Pool, spans: Sequence[Span]
) -> None:
    """Say which lot the next serials belong to."""
    for span in spans:
        await connection.execute(
            "insert into ledger.span (account, pool, serial_from, serial_to, lot, lot_from, coins,"
            " micro, tax_micro, fee_micro) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                account, int(pool), span.serial_from, span.serial_to, span.lot, span.lot_from,
                span.lot_coins, span.micro, span.tax_micro, span.fee_micro,
            ),
        )  # fmt: skip


async def lift_spans(connection: Connection, *, account: int, pool: Pool, serial: int) -> None:
    """Take up the spans that end after `serial`, to lay them again."""
    await connection.execute(
        "delete from ledger.span where account = %s and pool = %s and serial_to > %s",
        (account, int(pool), serial),
    )
