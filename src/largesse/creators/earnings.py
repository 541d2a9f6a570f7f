"""What a creator earned so far."""

from __future__ import annotations

from dataclasses import dataclass

from largesse import ledger
from largesse.gifts import Rates
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.people import Viewer


@dataclass(frozen=True, slots=True)
class Earnings:
    """Diamonds by how far they have come, and their stated worth in micro of a currency."""

    pending: int
    available: int
    withdrawing: int
    paid: int
    currency: str
    diamond_micro: int


async def earnings(database: Database, rates: Rates, clock: Clock, *, creator: Viewer) -> Earnings:
    """A creator's diamonds right now; pending ones wait for their clearing window."""
    async with database.read() as connection:
        diamonds = await ledger.diamonds(connection, creator.no)
    return Earnings(
        pending=diamonds.pending,
        available=diamonds.available,
        withdrawing=diamonds.withdrawing,
        paid=diamonds.redeemed,
        currency=creator.currency,
        diamond_micro=await rates.diamond_micro(creator.currency, now=clock.now()),
    )
