"""The stated value of a diamond in each currency, remembered for a few seconds."""

from __future__ import annotations

from datetime import datetime, timedelta

from largesse.gifts import store
from largesse.kernel.database import Database

FRESH_FOR = timedelta(seconds=5)


class Rates:
    """What a diamond is worth; an operator's edit is seen within five seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at: datetime | None = None
        self._micro: dict[str, int] = {}

    async def diamond_micro(self, currency: str, *, now: datetime) -> int:
        """The value of one diamond in micro of a currency that purses are kept in."""
        if self._read_at is None or now - self._read_at >= FRESH_FOR:
            async with self._database.read() as connection:
                self._micro = await store.diamond_rates(connection)
            self._read_at = now
        return self._micro[currency]
