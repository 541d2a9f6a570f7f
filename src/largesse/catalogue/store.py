"""All SQL of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.rows import class_row

from largesse.catalogue.model import Gift
from largesse.kernel.database import Connection


async def all_gifts(connection: Connection) -> list[Gift]:
    """Every gift there ever was, cheapest first."""
    async with connection.cursor(row_factory=class_row(Gift)) as cursor:
        await cursor.execute(
            "select id, slug, name, coins, alt, colour, available_from, available_until"
            " from gift order by coins, slug"
        )
        return await cursor.fetchall()


async def insert_missing(connection: Connection, gifts: Sequence[Gift]) -> None:
    """Add gifts whose slug is new; one that an operator edited stays as it is."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into gift (id, slug, name, coins, alt, colour, available_from,"
            " available_until) values (%s, %s, %s, %s, %s, %s, %s, %s)"
            " on conflict (slug) do nothing",
            [
                (
                    gift.id,
                    gift.slug,
                    gift.name,
                    gift.coins,
                    gift.alt,
                    gift.colour,
                    gift.available_from,
                    gift.available_until,
                )
                for gift in gifts
            ],
        )
