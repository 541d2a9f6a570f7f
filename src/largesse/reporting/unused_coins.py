"""Report the coins that were unused at a moment, by country and currency, with their value."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from largesse.kernel.database import Database
from largesse.ledger import unused_coins
from largesse.reporting.shapes import UnusedRow
from largesse.reporting.sheet import Report, each


@asynccontextmanager
async def report_unused_coins(database: Database, *, before: datetime) -> AsyncIterator[Report]:
    """Paid coins with what had been paid for them; promo coins apart, at no value."""
    found = await unused_coins(database, before=before)
    rows = (
        UnusedRow(one.pool, one.country, one.currency, one.coins, one.micro, one.tax_micro)
        for one in found
    )
    yield Report("unused-coins", {"at": before}, UnusedRow, each(rows))
