"""The stated value of a diamond in each currency, remembered for a few seconds."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from largesse.gifts import store
from largesse.kernel.database import Database

FRESH_FOR = timedelta(seconds=5)


class Rates:
    """What a diamond is worth; an operator's edit is seen within five seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()
        self._micro: dict[str, int] = {}

    async def diamond_micro(self, currency: str, *, now: datetime) -> int:
        """The value of one diamond in micro of a currency that purses are kept in."""
        if not self._is_fresh(now):
            # Of a crowd that finds it stale, one reads and the others wait.
            async with self._reading:
                if not self._is_fresh(now):
                    async with self._database.read() as connection:
                        self._micro = await store.diamond_rates(connection)
                    self._read_at = now
        return self._micro[currency]

    def _is_fresh(self, now: datetime) -> bool:
        return self._read_at is not None and now - self._read_at < FRESH_FOR
