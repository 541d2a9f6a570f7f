"""The doors of live rooms: look, open, close, say something."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from msgspec import Meta

from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.paging import LIMIT_DEFAULT, Page, limited
from largesse.people import Viewer
from largesse.rooms import chat as talk
from largesse.rooms.chat import Chat
from largesse.rooms.close import close_room
from largesse.rooms.events import Actor, ChatMessage
from largesse.rooms.model import Room
from largesse.rooms.open import open_room
from largesse.rooms.read import find_room, list_live_rooms
from largesse.rooms.restore import creator_of, restore
from largesse.rooms.room import RoomState
from largesse.rooms.stage import GiftBook, Glance, Snapshot, Stage


class OpenRoom(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")] | None = None


class SendMessage(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=1000)]


class RoomCard(msgspec.Struct, frozen=True, kw_only=True):
    """A room in a list."""

    id: str
    title: str
    creator: Actor
    status: str
    language: str | None
    viewers: int
    coins: int
    started_at: datetime
    closed_at: datetime | None


class RoomPage(RoomCard, frozen=True, kw_only=True):
    """A room with all it takes to draw it and to follow it from here on."""

    channel: str
    epoch: str
    offset: int
    state: RoomState


@get("/v1/rooms", tags=["rooms"])
async def read_rooms(
    database: Database,
    stage: Stage,
    gift_book: GiftBook,
    limit: int = LIMIT_DEFAULT,
    creator: str | None = None,
) -> Page[RoomCard]:
    """Live rooms, the most watched first; with `creator` (an account's id) only theirs."""
    wanted = None if creator is None else ids.read("acc", creator)
    rooms = await list_live_rooms(database, stage, gift_book, limit=limited(limit), creator=wanted)
    return Page([_card(live.room, live.glance) for live in rooms])


@post("/v1/rooms", status_code=201, tags=["rooms"])
async def create_room(data: OpenRoom, viewer: Viewer, database: Database, clock: Clock) -> RoomCard:
    """Go live. One room at a time."""
    room = await open_room(
        database, clock, creator=viewer, title=data.title, language=data.language
    )
    return _card(room, Glance(viewers=0, coins=0))


@get("/v1/rooms/{room_id:str}", tags=["rooms"])
async def read_room(
    room_id: str, database: Database, stage: Stage, gift_book: GiftBook
) -> RoomPage:
    """One room: its snapshot, and the place in the stream behind which a socket goes on."""
    room = await find_room(database, ids.read("rom", room_id))
    snapshot = await stage.snapshot(room.id) if room.is_live else None
    if snapshot is None:
        restored = await restore(database, gift_book=gift_book, room=room.id)
        assert restored is not None, "rooms are never deleted"
        snapshot = Snapshot(epoch="", offset=0, state=restored.state)
    state = snapshot.state
    return RoomPage(
        id=state.id,
        title=room.title,
        creator=state.creator,
        status=state.status,
        language=room.language,
        viewers=state.viewers,
        coins=state.coins,
        started_at=room.opened_at,
        closed_at=room.closed_at,
        channel=f"room:{state.id}",
        epoch=snapshot.epoch,
        offset=snapshot.offset,
        state=state,
    )


@post("/v1/rooms/{room_id:str}/close", status_code=200, tags=["rooms"])
async def end_room(
    room_id: str, viewer: Viewer, database: Database, clock: Clock, stage: Stage
) -> RoomCard:
    """End one's own live; somebody else's room is not found."""
    room = ids.read("rom", room_id)
    closed = await close_room(database, clock, stage, creator=viewer, room=room)
    return _card(closed, stage.glance(room) or Glance(viewers=0, coins=0))


@post("/v1/rooms/{room_id:str}/messages", status_code=201, tags=["rooms"])
async def create_message(
    room_id: str, data: SendMessage, viewer: Viewer, chat: Chat
) -> ChatMessage:
    """Say something in a live room."""
    room = ids.read("rom", room_id)
    return await talk.send_message(chat, viewer=viewer, room=room, text=data.text)


def _card(room: Room, glance: Glance) -> RoomCard:
    return RoomCard(
        id=ids.show("rom", room.id),
        title=room.title,
        creator=creator_of(room),
        status=room.status,
        language=room.language,
        viewers=glance.viewers,
        coins=glance.coins,
        started_at=room.opened_at,
        closed_at=room.closed_at,
    )


routes = [read_rooms, create_room, read_room, end_room, create_message]
