"""Rooms as values, and the rules about titles and chat lines."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from largesse.kernel.errors import Invalid, LargesseError

TITLE_LENGTH_MAX = 80
TEXT_LENGTH_MAX = 200


class RoomEnded(LargesseError):
    """The live has ended."""

    code: ClassVar[str] = "room_closed"
    next: ClassVar[str | None] = "Go back and pick another live room."


class AlreadyLive(LargesseError):
    """You already have a live room; end it before you open another."""

    code: ClassVar[str] = "already_live"


@dataclass(frozen=True, slots=True)
class Room:
    """A room and its creator, as the database knows them."""

    id: UUID
    creator_no: int
    creator_id: UUID
    creator_handle: str
    creator_name: str
    title: str
    language: str | None
    status: str
    opened_at: datetime
    closed_at: datetime | None

    @property
    def is_live(self) -> bool:
        """Whether gifts and messages are welcome."""
        return self.status == "live"


@dataclass(frozen=True, slots=True)
class Tenure:
    """A node's time as the owner of a room; `epoch` rises with every new owner."""

    room: UUID
    epoch: int
    until: datetime


def clean_title(title: str) -> str:
    """A title as it will be shown, or `Invalid`."""
    return _clean(title, field="title", length_max=TITLE_LENGTH_MAX)


def clean_text(text: str) -> str:
    """A chat line as it will be shown, or `Invalid`."""
    return _clean(text, field="text", length_max=TEXT_LENGTH_MAX)


def _clean(text: str, *, field: str, length_max: int) -> str:
    """One line of NFC text without control characters and without spaces around it.

    Joiners stay, because emoji and several scripts are written with them; marks
    that turn the direction of the text around go, because they reach beyond the line.
    """
    kept = (
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", text)
        if letter.isspace() or letter in _JOINERS or unicodedata.category(letter) not in _REFUSED
    )
    cleaned = "".join(kept).strip()
    # Joiners, marks and spaces alone would be an empty line on the screen.
    if not any(unicodedata.category(letter)[0] not in "CMZ" for letter in cleaned):
        raise Invalid(f"{field} needs at least one visible character.", field=field)
    if len(cleaned) > length_max:
        raise Invalid(f"{field} may have at most {length_max} characters.", field=field)
    return cleaned


_JOINERS = {"\u200c", "\u200d"}
# Control, format, surrogate, private and unassigned characters.
_REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn"}
