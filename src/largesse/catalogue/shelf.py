"""The catalogue in memory, fresh to a few seconds, so that a gift needs no query to be priced."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from largesse.catalogue import store
from largesse.catalogue.model import Gift, GiftUnavailable
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.errors import NotFound

FRESH_FOR = timedelta(seconds=5)


class Shelf:
    """What can be sent; an operator's edit is seen within five seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()
        self._by_slug: dict[str, Gift] = {}
        self._by_id: dict[UUID, Gift] = {}

    async def gifts(self, *, now: datetime) -> list[Gift]:
        """What is available now, cheapest first."""
        await self._refresh(now)
        return [gift for gift in self._by_slug.values() if gift.is_available(now)]

    async def find(self, name: str, *, now: datetime) -> Gift:
        """The gift with this id or slug; raises `NotFound` or `GiftUnavailable`."""
        await self._refresh(now)
        known_by_id = "_" in name
        gift = self._by_id.get(ids.read("gft", name)) if known_by_id else self._by_slug.get(name)
        if gift is None:
            raise NotFound("There is no such gift.")
        if not gift.is_available(now):
            raise GiftUnavailable(f"{gift.name} cannot be sent at the moment.")
        return gift

    async def by_id(self, gift: UUID, *, now: datetime) -> Gift:
        """The gift with this id, also one that left the shelf."""
        await self._refresh(now)
        return self._by_id[gift]

    async def _refresh(self, now: datetime) -> None:
        if self._is_fresh(now):
            return
        # Of a crowd that finds it stale, one reads and the others wait.
        async with self._reading:
            if self._is_fresh(now):
                return
            async with self._database.read() as connection:
                gifts = await store.all_gifts(connection)
            self._by_slug = {gift.slug: gift for gift in gifts}
            self._by_id = {gift.id: gift for gift in gifts}
            self._read_at = now

    def _is_fresh(self, now: datetime) -> bool:
        return self._read_at is not None and now - self._read_at < FRESH_FOR
