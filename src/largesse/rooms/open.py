"""Go live."""

from __future__ import annotations

from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.people import Viewer
from largesse.rooms import store
from largesse.rooms.model import Room, clean_title


async def open_room(
    database: Database, clock: Clock, *, creator: Viewer, title: str, language: str | None = None
) -> Room:
    """Open the creator's live room; raises `AlreadyLive` when one is open."""
    title = clean_title(title)
    room: UUID = ids.make()
    async with database.work() as connection:
        await store.insert_room(
            connection,
            room=room,
            creator_no=creator.no,
            title=title,
            language=language,
            now=clock.now(),
        )
        opened = await store.find_room(connection, room)
    assert opened is not None
    return opened
