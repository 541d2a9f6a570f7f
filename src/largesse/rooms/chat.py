"""Say something in a room."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.errors import RateLimited
from largesse.people import Viewer
from largesse.rooms import store
from largesse.rooms.events import Actor, ChatMessage
from largesse.rooms.keeper import ChatKeeper
from largesse.rooms.model import RoomEnded, clean_text
from largesse.rooms.pace import Pace
from largesse.rooms.read import live_room
from largesse.rooms.stage import Stage

# Beyond this many people the ones who were silent longest are forgotten.
_REMEMBERED_MAX = 10_000


@dataclass(slots=True)
class ChatPace:
    """How fast each person may talk, on this node: `burst` lines, then `per_second`."""

    per_second: int = 1
    burst: int = 8
    _people: dict[int, Pace] = field(default_factory=dict)

    def take(self, account: int, now: datetime) -> None:
        """Count one line of this person; raises `RateLimited` when it is too many."""
        pace = self._people.pop(account, None) or Pace(self.per_second, self.burst)
        self._people[account] = pace
        if len(self._people) > _REMEMBERED_MAX:
            del self._people[next(iter(self._people))]
        if not pace.allows(now):
            raise RateLimited("You are writing faster than anybody can read.")


class Chat:
    """What sending a line needs, joined once in `main`."""

    def __init__(self, database: Database, clock: Clock, stage: Stage, pace: ChatPace) -> None:
        self.database = database
        self.clock = clock
        self.stage = stage
        self.pace = pace
        self.keeper = ChatKeeper(database)


async def send_message(chat: Chat, *, viewer: Viewer, room: UUID, text: str) -> ChatMessage:
    """Put a line into the room's chat, kept before it is shown.

    Raises `Invalid` (empty or longer than 200 characters), `RateLimited`,
    `RoomEnded`, or `NotFound`.
    """
    text = clean_text(text)
    now = chat.clock.now()
    chat.pace.take(viewer.no, now)
    message = ids.make()
    kept = await chat.keeper.keep(store.NewLine(message, room, viewer.no, text, now))
    if not kept:
        await live_room(chat.database, room)
        raise RoomEnded
    line = ChatMessage(
        id=ids.show("msg", message),
        at=now,
        room=ids.show("rom", room),
        actor=Actor(ids.show("acc", viewer.id), viewer.handle, viewer.name),
        text=text,
    )
    chat.stage.announce(room, line)
    return line
