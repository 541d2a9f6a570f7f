"""Which rooms take gifts, remembered for a second, so that a flood of gifts asks once."""

from __future__ import annotations

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

    async def find(self, wanted: UUID, *, now: datetime) -> Room:
        """A room that takes gifts; raises `NotFound` or `RoomEnded`."""
        room, read_at = self._known.get(wanted, (None, now))
        if room is not None and now - read_at < FRESH_FOR:
            return room
        self._known.pop(wanted, None)
        room = await live_room(self._database, wanted)
        if len(self._known) >= _ROOMS_MAX:
            self._known.clear()
        self._known[wanted] = (room, now)
        return room
