"""The doors between features and a room's owner: `Stage` outward, `GiftBook` inward.

realtime/ implements the stage; gifts/ implements the gift book; `main` joins them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from largesse.rooms.combos import RunningCombo
from largesse.rooms.events import Fact, GiftSent, PrivateEvent, Supporter
from largesse.rooms.room import RoomState


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A room's state and its place in the stream: a client resumes behind `offset`."""

    epoch: str
    offset: int
    state: RoomState


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list of rooms says about one room."""

    viewers: int
    coins: int


@runtime_checkable
class Stage(Protocol):
    """Where features say what happened, after their commit. It never blocks."""

    def announce(self, room: UUID, event: Fact) -> None:
        """Tell everybody in the room; a fact that was announced before is dropped."""
        ...

    def tell(self, account: UUID, event: PrivateEvent) -> None:
        """Tell one account alone, on every device that is connected."""
        ...

    def glance(self, room: UUID) -> Glance | None:
        """Viewers and coins right now, or None for a room that nobody has looked into yet."""
        ...

    async def snapshot(self, room: UUID) -> Snapshot | None:
        """A live room as it is right now, or None when it is not live."""
        ...


@dataclass(frozen=True, slots=True)
class Tally:
    """A room's gifts so far, read in one statement or one snapshot.

    `recent` names the gifts of the last minute that are counted here, so that one
    which is announced a moment later is not counted twice. `running` are the combos
    that may still go on.
    """

    coins: int = 0
    supporters: Sequence[Supporter] = ()
    recent: Collection[str] = field(default_factory=frozenset)
    running: Sequence[RunningCombo] = ()


@runtime_checkable
class GiftBook(Protocol):
    """What a room's owner asks gifts/ for, since the books are the truth."""

    async def tally(self, room: UUID) -> Tally:
        """All gifts of a room, when an owner takes it over."""
        ...

    async def coins(self, rooms: Collection[UUID]) -> Mapping[UUID, int]:
        """Coins of several rooms, for lists."""
        ...

    async def counts(
        self, rooms: Collection[UUID], *, since: datetime, until: datetime
    ) -> Mapping[UUID, int]:
        """How many gifts these rooms got in that time: the cheap question before `missed`."""
        ...

    async def missed(
        self, rooms: Collection[UUID], *, since: datetime, until: datetime
    ) -> Sequence[tuple[UUID, GiftSent]]:
        """Gifts of these rooms that were committed in that time; the owner drops known ones."""
        ...


class NoGifts:
    """A gift book without gifts, for a gateway that runs alone."""

    async def tally(self, room: UUID) -> Tally:
        return Tally()

    async def coins(self, rooms: Collection[UUID]) -> Mapping[UUID, int]:
        return {}

    async def counts(
        self, rooms: Collection[UUID], *, since: datetime, until: datetime
    ) -> Mapping[UUID, int]:
        return {}

    async def missed(
        self, rooms: Collection[UUID], *, since: datetime, until: datetime
    ) -> Sequence[tuple[UUID, GiftSent]]:
        return ()
