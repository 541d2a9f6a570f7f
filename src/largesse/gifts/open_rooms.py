"""Which rooms take gifts, remembered for a second, so that a flood of gifts asks once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from largesse.kernel.database import Database
from largesse.rooms import Room, live_room

FRESH_FOR = timedelta(seconds=1)
_ROOMS_MAX = 10_000


class OpenRooms:
    """Live rooms as of at most a second ago; a gift that crosses a room's end may still land."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[UUID, tuple[Room, datetime]] = {}
        self._reading = asyncio.Lock()

    async def find(self, wanted: UUID, *, now: datetime) -> Room:
        """A room that takes gifts; raises `NotFound` or `RoomEnded`."""
        room = self._fresh(wanted, now)
        if room is not None:
            return room
        # Of a crowd that finds a room stale, one reads and the others wait.
        async with self._reading:
            room = self._fresh(wanted, now)
            if room is None:
                self._known.pop(wanted, None)
                room = await live_room(self._database, wanted)
                if len(self._known) >= _ROOMS_MAX:
                    self._known.clear()
                self._known[wanted] = (room, now)
            return room

    def _fresh(self, wanted: UUID, now: datetime) -> Room | None:
        room, read_at = self._known.get(wanted, (None, now))
        return room if now - read_at < FRESH_FOR else None
