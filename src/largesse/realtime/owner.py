"""The owner of one room: it numbers combos and frames and holds what the room looks like.

Nothing here waits or writes to a socket; the hub says when it is time. The state
is what came out of applying exactly the events that were sent, so a snapshot at
`offset` and the frames up to `offset` always tell the same story.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from largesse.realtime import protocol
from largesse.realtime.frames import Limits, Waiting
from largesse.rooms import (
    SUPPORTERS_SHOWN,
    Actor,
    ChatMessage,
    Combos,
    Fact,
    GiftSent,
    Joined,
    Presence,
    Restored,
    RoomClosed,
    Snapshot,
    Supporter,
    Supporters,
    Tenure,
    replay,
)

# Counts and arrivals of people are told at most this often.
PRESENCE_EVERY = timedelta(seconds=1)
# Facts are known by their id for this long, which must outlast the sweep's longest look back.
KNOWN_FOR = timedelta(seconds=30)


class Listener(Protocol):
    """A connection as a room sees it."""

    def write(self, frame: bytes) -> None:
        """Send a ready-made WebSocket frame; a listener that is too slow drops itself."""
        ...

    def evict(self, room: UUID, frame: bytes) -> None:
        """Hear that the room is no longer here; `frame` says so to the client."""
        ...


@dataclass(frozen=True, slots=True)
class Presented:
    """Who a listener is: an account counts once, however many screens it has."""

    account: UUID | None = None
    actor: Actor | None = None


class RoomOwner:
    """One live room in this node's memory."""

    def __init__(
        self, room: UUID, restored: Restored, *, tenure: Tenure, limits: Limits, now: datetime
    ) -> None:
        self.room = room
        self.tenure = tenure
        self.lease_until = tenure.until
        self.state = restored.state
        self.channel = f"room:{restored.state.id}"
        self.epoch = str(tenure.epoch)
        self.offset = 0
        # Listeners, and the offset at which each came in.
        self.listeners: dict[Listener, int] = {}
        self.quiet_since = now
        self._limits = limits
        self._waiting = Waiting(limits)
        self._combos = Combos(tuple(restored.tally.running))
        self._gave = {one.actor.id: one for one in restored.tally.supporters}
        self._known = dict.fromkeys(restored.tally.recent, now)
        # Gifts that were told, by the second in which they were sent.
        self._told: Counter[int] = Counter()
        self._kept: deque[tuple[int, bytes]] = deque()
        self._kept_bytes = 0
        self._accounts: Counter[UUID] = Counter()
        self._guests = 0
        self._came: list[Actor] = []
        self._presence_due = now
        self._snapshot: tuple[int, bytes] | None = None
        self._made = 0
        # The top three as queued last; the state may be one flush behind.
        self._top = restored.state.supporters

    @property
    def is_waiting(self) -> bool:
        """Whether the next flush has something to send."""
        return bool(self._waiting)

    @property
    def is_over(self) -> bool:
        """Whether the room was closed and everybody has heard of it."""
        return self.state.status == "closed" and not self._waiting

    @property
    def viewers(self) -> int:
        """People here now: accounts once, guests each."""
        return len(self._accounts) + self._guests

    @property
    def coins(self) -> int:
        """Coins of all gifts that were told so far."""
        return self.state.coins

    def take(self, fact: Fact, now: datetime) -> None:
        """Queue what a feature announced; a fact that is already known is dropped."""
        if fact.id in self._known or self.state.status == "closed":
            return
        self._known[fact.id] = now
        match fact:
            case GiftSent():
                self._told[int(fact.at.timestamp())] += 1
                self._waiting.add(self._combos.count(fact))
                self._thank(fact, now)
            case ChatMessage():
                self._waiting.add(fact)
            case RoomClosed():
                for final in self._combos.close_all(now):
                    self._waiting.add(final)
                self._waiting.add(fact)

    def gifts_between(self, since: datetime, until: datetime) -> int:
        """How many gifts of these whole seconds were told here; those counted at the start are not."""
        return sum(
            self._told[second] for second in range(int(since.timestamp()), int(until.timestamp()))
        )

    def enter(self, listener: Listener, who: Presented, now: datetime) -> None:
        """Somebody watches from the current offset on."""
        self.listeners[listener] = self.offset
        if who.account is None:
            self._guests += 1
        else:
            self._accounts[who.account] += 1
            if self._accounts[who.account] == 1 and who.actor is not None:
                self._came.append(who.actor)
        self.beat(now)

    def leave(self, listener: Listener, who: Presented, now: datetime) -> None:
        """Somebody stopped watching."""
        if self.listeners.pop(listener, None) is None:
            return
        if who.account is None:
            self._guests -= 1
        else:
            self._accounts[who.account] -= 1
            if not self._accounts[who.account]:
                del self._accounts[who.account]
        if not self.listeners:
            self.quiet_since = now

    def beat(self, now: datetime) -> None:
        """Queue what only time brings: ends of combos, the viewer count, who came in."""
        for final in self._combos.close_idle(now):
            self._waiting.add(final)
        self._forget(now)
        if now < self._presence_due or self.state.status == "closed":
            return
        if self.viewers != self.state.viewers:
            self._presence_due = now + PRESENCE_EVERY
            self._waiting.add(
                Presence(id=self._event_id(), at=now, room=self.state.id, viewers=self.viewers)
            )
        if self._came:
            self._presence_due = now + PRESENCE_EVERY
            came, self._came = tuple(self._came), []
            self._waiting.add(
                Joined(
                    id=self._event_id(),
                    at=now,
                    room=self.state.id,
                    actors=came[:3],
                    count=len(came),
                )
            )

    def flush(self, now: datetime) -> bytes:
        """The next frame for everybody, numbered, kept for resume and applied to the state."""
        cut = self._waiting.cut(summary_id=self._event_id(), room=self.state.id, at=now)
        self.state = replay(self.state, cut.events)
        self.offset += 1
        published = protocol.publication(cut.data, offset=self.offset)
        self._keep(published)
        return protocol.frame(protocol.pushed(self.channel, published))

    def missed(self, *, epoch: str, offset: int) -> Sequence[bytes] | None:
        """Exactly the frames after `offset`, or None when they cannot all be given."""
        if epoch != self.epoch or offset > self.offset:
            return None
        first_kept = self._kept[0][0] if self._kept else self.offset + 1
        if offset + 1 < first_kept:
            return None
        return [published for number, published in self._kept if number > offset]

    def snapshot(self) -> Snapshot:
        """The room as of `offset`."""
        return Snapshot(self.epoch, self.offset, self.state)

    def snapshot_data(self) -> bytes:
        """The state as JSON, encoded once an offset however many people come in."""
        if self._snapshot is None or self._snapshot[0] != self.offset:
            self._snapshot = (self.offset, msgspec.json.encode(self.state))
        return self._snapshot[1]

    def _thank(self, sent: GiftSent, now: datetime) -> None:
        """Add to what this person gave, and queue the top three when it changed."""
        if sent.actor is None:
            return
        before = self._gave.get(sent.actor.id)
        given = Supporter(sent.actor, sent.coins + (before.coins if before else 0))
        self._gave[sent.actor.id] = given
        rivals = [one for one in self._top if one.actor.id != sent.actor.id]
        rivals = sorted([*rivals, given], key=lambda one: one.coins, reverse=True)
        top = tuple(rivals[:SUPPORTERS_SHOWN])
        if top != self._top:
            self._top = top
            self._waiting.add(
                Supporters(id=self._event_id(), at=now, room=self.state.id, top=self._top)
            )

    def _forget(self, now: datetime) -> None:
        forgotten = int((now - KNOWN_FOR).timestamp())
        for second in [second for second in self._told if second < forgotten]:
            del self._told[second]
        while self._known:
            oldest = next(iter(self._known))
            if self._known[oldest] + KNOWN_FOR > now:
                return
            del self._known[oldest]

    def _keep(self, published: bytes) -> None:
        self._kept.append((self.offset, published))
        self._kept_bytes += len(published)
        limits = self._limits
        while len(self._kept) > limits.frames_kept_max or self._kept_bytes > limits.kept_bytes_max:
            _, oldest = self._kept.popleft()
            self._kept_bytes -= len(oldest)

    def _event_id(self) -> str:
        self._made += 1
        return f"{self.state.id}.{self.epoch}.{self._made}"
