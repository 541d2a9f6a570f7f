"""Rebuild a room from the database, when a new owner takes it over."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.rooms import store
from largesse.rooms.events import Actor
from largesse.rooms.model import Room
from largesse.rooms.room import CHAT_LINES_MAX, SUPPORTERS_SHOWN, Combo, Line, RoomState
from largesse.rooms.stage import GiftBook, Tally


@dataclass(frozen=True, slots=True)
class Restored:
    """A room as the books know it, and the gifts that are already counted in it."""

    state: RoomState
    tally: Tally


async def restore(database: Database, *, gift_book: GiftBook, room: UUID) -> Restored | None:
    """The room as of now, live or closed; None when it never existed."""
    async with database.read() as connection:
        found = await store.find_room(connection, room)
        if found is None:
            return None
        messages = await store.recent_messages(connection, room=room, limit=CHAT_LINES_MAX)
    tally = await gift_book.tally(room)
    supporters = sorted(tally.supporters, key=lambda one: one.coins, reverse=True)
    state = RoomState(
        id=ids.show("rom", found.id),
        title=found.title,
        creator=creator_of(found),
        status=found.status,
        started_at=found.opened_at,
        coins=tally.coins,
        chat=tuple(
            Line(
                id=ids.show("msg", row.id),
                at=row.at,
                actor=Actor(ids.show("acc", row.actor_id), row.actor_handle, row.actor_name),
                text=row.text,
            )
            for row in messages
        ),
        combos=tuple(
            Combo(one.combo_id, one.actor, one.gift, one.seq, one.count_total, one.coins_total)
            for one in tally.running
            if not one.is_closed and found.is_live
        ),
        supporters=tuple(supporters[:SUPPORTERS_SHOWN]),
    )
    return Restored(state, tally)


def creator_of(room: Room) -> Actor:
    """The room's creator as others see them."""
    return Actor(ids.show("acc", room.creator_id), room.creator_handle, room.creator_name)
