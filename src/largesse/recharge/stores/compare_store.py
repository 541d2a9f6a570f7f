"""All SQL of comparing prices: what app stores list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection


@dataclass(frozen=True, slots=True)
class StorePrice:
    """What a store asks for a pack, in the currency of its price list."""

    provider: str
    pack: UUID
    price: int


async def prices(
    connection: Connection, *, country: str, providers: Sequence[str]
) -> list[StorePrice]:
    """What these stores list for the packs of a country."""
    async with connection.cursor(row_factory=class_row(StorePrice)) as cursor:
        await cursor.execute(
            "select provider, pack, price from store_product"
            " where country = %s and provider = any (%s) and is_offered order by provider",
            (country, list(providers)),
        )
        return await cursor.fetchall()
