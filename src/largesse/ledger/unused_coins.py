"""Unused coins at a moment: by the country where they were bought, and what had been paid for them.

Some laws ask for this on fixed days; Japan's on 31 March and 30 September.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from largesse.kernel.database import Database
from largesse.ledger import report_store, statement_store
from largesse.ledger.lots import Pool
from largesse.ledger.report_store import IN_ESCROW


@dataclass(frozen=True, slots=True)
class UnusedCoins:
    """Coins of one pool, country and currency; money in micro, tax included in `micro`.

    Coins on hold are unused. `country` and `currency` are None for coins in escrow,
    which are in no purse, and for coins that no lot explains: there should be none.
    """

    pool: str
    country: str | None
    currency: str | None
    coins: int
    micro: int
    tax_micro: int


async def unused_coins(database: Database, *, before: datetime) -> list[UnusedCoins]:
    """What people had not used by the acts that happened before a moment.

    Later acts change nothing in it. It reads all books, and wants a patient `Database`.
    """
    async with database.work() as connection:
        await statement_store.begin(connection)
        found = await report_store.unused(connection, before=before, ages_seconds=[0])
    return [
        UnusedCoins(
            pool_name(row.pool), row.country, row.currency, row.coins, row.micro, row.tax_micro
        )
        for row in found
    ]


def pool_name(pool: int) -> str:
    """A pool in a word; escrow is the one that belongs to no purse."""
    return "escrow" if pool == IN_ESCROW else Pool(pool).name.lower()
