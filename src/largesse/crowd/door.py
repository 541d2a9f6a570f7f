"""Whether the house answers, found out by one of the crowd for all of them."""

from __future__ import annotations

import asyncio
from random import Random

import structlog

from largesse.crowd.api import Api, Away

PAUSE_SECONDS_MAX = 30

log = structlog.get_logger()


class Door:
    """After a restart two hundred people must not all knock at once, again and again."""

    def __init__(self, api: Api, chance: Random) -> None:
        self._api = api
        self._chance = chance
        self._knocking: asyncio.Task[None] | None = None

    async def wait(self) -> None:
        """Return when the house answers, each at a moment of their own."""
        if self._knocking is None or self._knocking.done():
            self._knocking = asyncio.create_task(self._knock())
        await asyncio.shield(self._knocking)
        await asyncio.sleep(self._chance.uniform(0.3, 5))

    async def _knock(self) -> None:
        pause = 0.5
        while True:
            try:
                await self._api.read("/readyz")
            except Away:
                if pause == 0.5:
                    log.info("house_is_away")
                await asyncio.sleep(pause * self._chance.uniform(0.7, 1.3))
                pause = min(PAUSE_SECONDS_MAX, pause * 2)
            else:
                return
