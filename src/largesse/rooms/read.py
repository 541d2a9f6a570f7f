"""Look at rooms: the list of what is live, and one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from largesse.kernel.database import Database
from largesse.kernel.errors import NotFound
from largesse.rooms import store
from largesse.rooms.model import Room, RoomEnded
from largesse.rooms.stage import GiftBook, Glance, Stage

# The feed ranks all live rooms of this node's memory; more than this needs an index of its own.
LIVE_ROOMS_MAX = 500


@dataclass(frozen=True, slots=True)
class LiveRoom:
    """A room in a list, with what happens in it right now."""

    room: Room
    glance: Glance


async def list_live_rooms(
    database: Database,
    stage: Stage,
    gift_book: GiftBook,
    *,
    limit: int,
    creator: UUID | None = None,
) -> Sequence[LiveRoom]:
    """Live rooms, everybody's or one creator's; the most watched first, then the newest."""
    async with database.read() as connection:
        rooms = await store.live_rooms(connection, limit=LIVE_ROOMS_MAX, creator=creator)
    glances = {room.id: stage.glance(room.id) for room in rooms}
    unseen = [room for room, glance in glances.items() if glance is None]
    coins = await gift_book.coins(unseen) if unseen else {}
    listed = [
        LiveRoom(room, glances[room.id] or Glance(viewers=0, coins=coins.get(room.id, 0)))
        for room in rooms
    ]
    listed.sort(key=lambda one: (-one.glance.viewers, -one.room.opened_at.timestamp()))
    return listed[:limit]


async def find_room(database: Database, room: UUID) -> Room:
    """One room, live or closed; raises `NotFound`."""
    async with database.read() as connection:
        found = await store.find_room(connection, room)
    if found is None:
        raise NotFound
    return found


async def live_room(database: Database, room: UUID) -> Room:
    """A room that takes gifts and messages now; raises `NotFound` or `RoomEnded`."""
    found = await find_room(database, room)
    if not found.is_live:
        raise RoomEnded
    return found
