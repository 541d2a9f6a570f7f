"""Breakage: coins that went unused in a period, and how old those are that are unused still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from largesse.kernel.database import Database
from largesse.ledger import report_store, statement_store
from largesse.ledger.lots import Pool
from largesse.ledger.report_store import UnusedRow
from largesse.ledger.statement import Period
from largesse.ledger.unused_coins import pool_name
from largesse.ledger.words import word_of

# Forfeited and expired. Refunds and clawbacks are no breakage: the money went back.
CODES = (172, 173)
# From how many days on coins are of an age. Half a year and five years are lines that laws draw.
AGES_DAYS = (0, 30, 90, 180, 365, 730, 1095, 1825)
_DAY_SECONDS = 86_400
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class GoneCoins:
    """Coins that were forfeited or expired in a month, and what they had cost, in micro."""

    month: str
    reason: str
    pool: str
    country: str | None
    currency: str | None
    coins: int
    micro: int
    tax_micro: int


@dataclass(frozen=True, slots=True)
class AgedCoins:
    """Paid coins that were unused at the end, from `days_min` to before `days_max` days old."""

    days_min: int
    days_max: int | None
    country: str | None
    currency: str | None
    coins: int
    micro: int
    tax_micro: int


@dataclass(frozen=True, slots=True)
class Breakage:
    """What went unused in a period, and what was left unused at its end."""

    gone: tuple[GoneCoins, ...]
    unused: tuple[AgedCoins, ...]


async def breakage(database: Database, *, period: Period) -> Breakage:
    """Coins and basis that went unused, by month, and unused paid coins by age.

    It reads all books, from one snapshot, and wants a patient `Database`.
    """
    async with database.work() as connection:
        await statement_store.begin(connection)
        gone = await report_store.gone(
            connection, codes=CODES, since=period.since or _BEGINNING, until=period.until
        )
        unused = await report_store.unused(
            connection,
            before=period.until,
            ages_seconds=[days * _DAY_SECONDS for days in AGES_DAYS],
        )
    return Breakage(
        tuple(
            GoneCoins(
                row.month, word_of(row.code), pool_name(row.pool), row.country, row.currency,
                row.coins, row.micro, row.tax_micro,
            )
            for row in gone
        ),
        tuple(sorted(
            (_aged(row) for row in unused if row.pool == Pool.PAID),
            key=lambda aged: (aged.days_min, aged.country or "", aged.currency or ""),
        )),
    )  # fmt: skip


def _aged(row: UnusedRow) -> AgedCoins:
    reached = row.age or 1
    return AgedCoins(
        days_min=AGES_DAYS[reached - 1],
        days_max=AGES_DAYS[reached] if reached < len(AGES_DAYS) else None,
        country=row.country,
        currency=row.currency,
        coins=row.coins,
        micro=row.micro,
        tax_micro=row.tax_micro,
    )
