"""The same doors over the room socket: `chat.send`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from largesse.kernel import ids
from largesse.people import Viewer
from largesse.rooms.chat import Chat, send_message


class ChatSend(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Parameters of `chat.send`; a key is accepted for symmetry and has no effect here."""

    room: str
    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    idempotency_key: str | None = None


class ChatSocket:
    """Answers `chat.send` as `POST /v1/rooms/{id}/messages` would."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    async def send(self, viewer: Viewer, params: bytes) -> tuple[int, bytes]:
        """Say something; raises what the HTTP door raises."""
        wanted = msgspec.json.decode(params, type=ChatSend)
        room = ids.read("rom", wanted.room)
        line = await send_message(self._chat, viewer=viewer, room=room, text=wanted.text)
        return 201, msgspec.json.encode(line)
