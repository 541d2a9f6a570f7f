"""What goes into the next frame of a room, and what has to wait or be summed up.

Cost grows with viewers × ticks, never with viewers × gifts: events wait here
between two flushes, gifts of one combo merge, and a frame never exceeds its cap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import msgspec

from largesse.rooms import (
    SHOWPIECE_COINS_MIN,
    ChatMessage,
    GiftEvent,
    Joined,
    RoomClosed,
    RoomEvent,
    Summary,
    merged,
)

_encode = msgspec.json.Encoder().encode

# Kept free in a frame for the summary, should one be needed.
_SUMMARY_BYTES = 256
_NAMED_MAX = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one room's queue, of one frame, and of what is kept for resume."""

    frame_bytes_max: int = 8192
    gifts_waiting_max: int = 100
    showpieces_waiting_max: int = 1000
    messages_waiting_max: int = 50
    # About half a minute of a busy room.
    frames_kept_max: int = 400
    kept_bytes_max: int = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cut:
    """The events of one frame in their order, and the same as JSON."""

    events: tuple[RoomEvent, ...]
    data: bytes


class Waiting:
    """Events of one room between two flushes.

    Under a flood a combo is either told completely or only counted in summaries,
    from its first event on; showpieces are never merged or summed up unless more
    than a thousand of them wait. Chat keeps its order and loses its oldest lines.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._arrived = 0
        self._gifts: dict[str, tuple[int, GiftEvent]] = {}
        self._messages: deque[tuple[int, ChatMessage]] = deque()
        self._others: dict[type, tuple[int, RoomEvent]] = {}
        self._told: set[str] = set()
        self._untold: set[str] = set()
        self._sum = [0, 0, 0]

    def __bool__(self) -> bool:
        return bool(self._gifts or self._messages or self._others or any(self._sum))

    def add(self, event: RoomEvent) -> None:
        """Queue one event for the next frame that has space for it."""
        self._arrived += 1
        match event:
            case GiftEvent():
                self._add_gift(event)
            case ChatMessage():
                self._messages.append((self._arrived, event))
            case Joined() if Joined in self._others:
                _, earlier = self._others[Joined]
                assert isinstance(earlier, Joined)
                self._others[Joined] = (self._arrived, _joined_together(earlier, event))
            case _:
                self._others[type(event)] = (self._arrived, event)

    def cut(self, *, summary_id: str, room: str, at: datetime) -> Cut:
        """Take what fits into one frame; what has waited too long is summed up."""
        chosen = list(self._chosen())
        self._sum_up()
        if any(self._sum):
            gifts, coins, messages = self._sum
            self._sum = [0, 0, 0]
            summary = Summary(
                id=summary_id, at=at, room=room, gifts=gifts, coins_delta=coins, messages=messages
            )
            chosen.append((self._arrived, summary, _encode(summary)))
        # The end of the room is the last thing anybody hears of it.
        chosen.sort(key=lambda item: (isinstance(item[1], RoomClosed), item[0]))
        data = b'{"events":[' + b",".join(encoded for _, _, encoded in chosen) + b"]}"
        return Cut(tuple(event for _, event, _ in chosen), data)

    def _add_gift(self, event: GiftEvent) -> None:
        if event.combo_id in self._untold:
            self._count(event)
            return
        if event.gift.coins >= SHOWPIECE_COINS_MIN:
            self._gifts[event.id] = (self._arrived, event)
            return
        waiting = self._gifts.get(event.combo_id)
        if waiting is None:
            self._gifts[event.combo_id] = (self._arrived, event)
        else:
            self._gifts[event.combo_id] = (waiting[0], merged(waiting[1], event))

    def _chosen(self) -> Iterator[tuple[int, RoomEvent, bytes]]:
        """Pick events within the frame's cap: state first, then showpieces, gifts, chat."""
        left = self._limits.frame_bytes_max - _SUMMARY_BYTES
        for order, event in self._others.values():
            encoded = _encode(event)
            left -= len(encoded) + 1
            yield order, event, encoded
        self._others.clear()

        # Gifts leave a quarter of the frame to people who talk.
        kept = left // 4 if self._messages else 0
        for key in sorted(self._gifts, key=self._urgency):
            order, gift = self._gifts[key]
            encoded = _encode(gift)
            if len(encoded) + 1 > left - kept:
                break
            left -= len(encoded) + 1
            del self._gifts[key]
            self._tell(gift)
            yield order, gift, encoded

        while self._messages:
            order, message = self._messages[0]
            encoded = _encode(message)
            if len(encoded) + 1 > left:
                break
            left -= len(encoded) + 1
            self._messages.popleft()
            yield order, message, encoded

    def _urgency(self, key: str) -> tuple[bool, int]:
        """Showpieces and combos that people already see come before new small ones."""
        order, gift = self._gifts[key]
        seen = gift.gift.coins >= SHOWPIECE_COINS_MIN or gift.combo_id in self._told
        return not seen, order

    def _tell(self, gift: GiftEvent) -> None:
        if gift.final:
            self._told.discard(gift.combo_id)
        else:
            self._told.add(gift.combo_id)

    def _sum_up(self) -> None:
        """Count the oldest of what there is no space for, instead of telling it."""
        small = [
            key
            for key, (_, gift) in self._gifts.items()
            if gift.gift.coins < SHOWPIECE_COINS_MIN and gift.combo_id not in self._told
        ]
        excess = max(0, len(small) - self._limits.gifts_waiting_max)
        showpieces = [
            key for key, (_, gift) in self._gifts.items() if gift.gift.coins >= SHOWPIECE_COINS_MIN
        ]
        too_many = max(0, len(showpieces) - self._limits.showpieces_waiting_max)
        for key in (*small[:excess], *showpieces[:too_many]):
            _, gift = self._gifts.pop(key)
            self._untold.add(gift.combo_id)
            self._count(gift)
        while len(self._messages) > self._limits.messages_waiting_max:
            self._messages.popleft()
            self._sum[2] += 1

    def _count(self, gift: GiftEvent) -> None:
        self._sum[0] += gift.count_delta
        self._sum[1] += gift.coins_delta
        if gift.final:
            self._untold.discard(gift.combo_id)


def _joined_together(earlier: Joined, later: Joined) -> Joined:
    return Joined(
        id=later.id,
        at=later.at,
        room=later.room,
        actors=(*earlier.actors, *later.actors)[:_NAMED_MAX],
        count=earlier.count + later.count,
    )
