"""Report the coins that went unused in a period, and the age of those that are unused still."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from largesse.kernel.database import Database
from largesse.ledger import Breakage, Period, breakage
from largesse.reporting.shapes import BreakageRow
from largesse.reporting.sheet import Report, each


@asynccontextmanager
async def report_breakage(database: Database, *, period: Period) -> AsyncIterator[Report]:
    """What expired or was forfeited by month, then paid coins unused at the end by age."""
    found = await breakage(database, period=period)
    head = {"from": period.since, "to": period.until}
    yield Report("breakage", head, BreakageRow, each(_rows(found)))


def _rows(found: Breakage) -> Iterator[BreakageRow]:
    for gone in found.gone:
        yield BreakageRow(
            what=gone.reason, month=gone.month, days_min=None, days_max=None, pool=gone.pool,
            country=gone.country, currency=gone.currency, coins=gone.coins,
            value_micro=gone.micro, tax_micro=gone.tax_micro,
        )  # fmt: skip
    for aged in found.unused:
        yield BreakageRow(
            what="unused", month=None, days_min=aged.days_min, days_max=aged.days_max,
            pool="paid", country=aged.country, currency=aged.currency, coins=aged.coins,
            value_micro=aged.micro, tax_micro=aged.tax_micro,
        )  # fmt: skip
