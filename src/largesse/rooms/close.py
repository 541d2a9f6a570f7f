"""End a live."""

from __future__ import annotations

from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.errors import NotFound
from largesse.people import Viewer
from largesse.rooms import store
from largesse.rooms.events import RoomClosed
from largesse.rooms.model import Room
from largesse.rooms.stage import Stage


async def close_room(
    database: Database, clock: Clock, stage: Stage, *, creator: Viewer, room: UUID
) -> Room:
    """End the creator's own room; ending it twice is fine, a foreign one is `NotFound`."""
    now = clock.now()
    async with database.work() as connection:
        ended = await store.close_room(connection, room=room, creator_no=creator.no, now=now)
        closed = await store.find_room(connection, room)
    if closed is None or closed.creator_no != creator.no:
        raise NotFound
    if ended:
        event_id = ids.show("end", ids.make())
        stage.announce(room, RoomClosed(id=event_id, at=now, room=ids.show("rom", room)))
    return closed
