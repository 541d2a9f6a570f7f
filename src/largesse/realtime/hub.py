"""The hub: every room that this node owns, when it flushes, and who hears of it.

It implements `Stage`. Rooms are loaded from the database when somebody first
looks into them, under a lease with a new epoch; facts for rooms that nobody
looks into are dropped, because the books have them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.errors import Unavailable
from largesse.realtime import protocol
from largesse.realtime.bus import Bus
from largesse.realtime.frames import Limits
from largesse.realtime.owner import Listener, Presented, RoomOwner
from largesse.realtime.ticker import Ticker
from largesse.rooms import (
    LEASE,
    Fact,
    GiftBook,
    Glance,
    PrivateEvent,
    Snapshot,
    hold_room,
    keep_rooms,
    let_room_go,
    restore,
)

log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode

BEAT_SECONDS = 0.25
SWEEP_SECONDS = 1.0
RENEW_SECONDS = 5.0
# Gifts older than a second are looked for at each sweep, over a few seconds; every tenth
# sweep looks further back, for a commit that took long.
SWEEP_AGE = timedelta(seconds=1)
SWEEP_WINDOW = timedelta(seconds=4)
SWEEP_WINDOW_LONG = timedelta(seconds=20)
# A room that nobody watches is given up after this time.
QUIET = timedelta(seconds=60)


class Hub:
    """All rooms of this node. Its methods belong to one event loop."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        bus: Bus,
        gift_book: GiftBook,
        node: str,
        limits: Limits | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._bus = bus
        self._gift_book = gift_book
        self._node = node
        self._limits = limits or Limits()
        self._owners: dict[UUID, RoomOwner] = {}
        self._loading: dict[UUID, asyncio.Task[RoomOwner | None]] = {}
        self._early: dict[UUID, list[Fact]] = {}
        self._people: dict[UUID, set[Listener]] = {}
        self._ticker = Ticker(clock, self._restart)
        self._sweeps = 0
        bus.deliver_to(self)

    # Stage

    def announce(self, room: UUID, event: Fact) -> None:
        """Tell everybody in the room, soon and once; whatever goes wrong here is ours alone.

        What is announced is committed, so the announcer's answer must not depend on it.
        """
        try:
            self._bus.carry(room, event)
        except Exception:
            log.exception("announcement_failed", room=str(room))

    def tell(self, account: UUID, event: PrivateEvent) -> None:
        """Tell one account alone; it does not raise either."""
        try:
            self._bus.carry_private(account, event)
        except Exception:
            log.exception("private_announcement_failed")

    def glance(self, room: UUID) -> Glance | None:
        """Viewers and coins of a room that is in memory."""
        owner = self._owners.get(room)
        return None if owner is None else Glance(viewers=owner.viewers, coins=owner.coins)

    async def snapshot(self, room: UUID) -> Snapshot | None:
        """A live room with its place in the stream; None when it is not live or elsewhere."""
        owner = await self.attend(room)
        return None if owner is None else owner.snapshot()

    # Receiver

    def take(self, room: UUID, fact: Fact) -> None:
        """A fact for a room of ours, or one that is being loaded."""
        owner = self._owners.get(room)
        if owner is not None:
            owner.take(fact, self._clock.now())
            self._ticker.schedule(owner)
        elif room in self._loading:
            self._early.setdefault(room, []).append(fact)

    def take_private(self, account: UUID, event: PrivateEvent) -> None:
        """Write to every connection of an account at once; these are never merged."""
        listeners = self._people.get(account)
        if not listeners:
            return
        channel = private_channel(account)
        published = protocol.publication(_encode({"events": [event]}))
        frame = protocol.frame(protocol.pushed(channel, published))
        for listener in tuple(listeners):
            listener.write(frame)

    # For the gateway

    async def attend(self, room: UUID) -> RoomOwner | None:
        """The owner of a live room, taken over from the database if need be.

        Raises `Unavailable` when the database is away or another node holds the lease.
        """
        owner = self._owners.get(room)
        if owner is not None:
            return None if owner.state.status == "closed" else owner
        loading = self._loading.get(room)
        if loading is None:
            loading = asyncio.create_task(self._load(room))
            self._loading[room] = loading
        # One visitor who leaves must not stop the loading for the others.
        return await asyncio.shield(loading)

    def enter(self, owner: RoomOwner, listener: Listener, who: Presented) -> None:
        """A connection watches a room from its current offset on."""
        owner.enter(listener, who, self._clock.now())
        self._ticker.schedule(owner)

    def leave(self, room: UUID, listener: Listener, who: Presented) -> None:
        """A connection stopped watching."""
        owner = self._owners.get(room)
        if owner is not None:
            owner.leave(listener, who, self._clock.now())

    def greet(self, account: UUID, listener: Listener) -> None:
        """A connection of this account hears its private channel from now on."""
        self._people.setdefault(account, set()).add(listener)

    def part(self, account: UUID, listener: Listener) -> None:
        """A connection of this account is gone."""
        listeners = self._people.get(account, set())
        listeners.discard(listener)
        if not listeners:
            self._people.pop(account, None)

    # Life

    async def run(self) -> None:
        """Keep combos, counts, leases and missed gifts moving, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_repeat("beat", BEAT_SECONDS, self._beat))
            tasks.create_task(_repeat("sweep", SWEEP_SECONDS, self.sweep))
            tasks.create_task(_repeat("renew", RENEW_SECONDS, self.renew))

    async def close(self) -> None:
        """Send what waits, then give all rooms up."""
        for owner in tuple(self._owners.values()):
            if owner.is_waiting:
                self._ticker.flush(owner)
            await self._let_go(owner)

    async def sweep(self) -> None:
        """Ask the books for gifts that never reached us, because a process died in between."""
        if not self._owners:
            return
        self._sweeps += 1
        window = SWEEP_WINDOW if self._sweeps % 10 else SWEEP_WINDOW_LONG
        # Whole seconds, because that is how owners count.
        until = (self._clock.now() - SWEEP_AGE).replace(microsecond=0)
        since = until - window
        counts = await self._gift_book.counts(tuple(self._owners), since=since, until=until)
        short = [
            room
            for room, count in counts.items()
            if (owner := self._owners.get(room)) and owner.gifts_between(since, until) < count
        ]
        if not short:
            return
        for room, sent in await self._gift_book.missed(short, since=since, until=until):
            self.take(room, sent)

    async def renew(self) -> None:
        """Prolong all leases; give up rooms that are over, quiet, or another node's by now."""
        now = self._clock.now()
        for owner in tuple(self._owners.values()):
            is_quiet = not owner.listeners and owner.quiet_since + QUIET <= now
            if not owner.is_waiting and (owner.is_over or is_quiet):
                await self._let_go(owner)
        owners = tuple(self._owners.values())
        if not owners:
            return
        tenures = [owner.tenure for owner in owners]
        try:
            kept = await keep_rooms(self._database, node=self._node, tenures=tenures, now=now)
        except Unavailable:
            # The lease outlives two failures; beyond that somebody else may own the room.
            expired = {owner.room for owner in owners if owner.lease_until <= self._clock.now()}
            kept = frozenset(owner.room for owner in owners) - expired
        else:
            for owner in owners:
                owner.lease_until = now + LEASE
        for owner in owners:
            if owner.room not in kept:
                self._evict(owner, protocol.STATE_INVALIDATED, "moved")

    async def _beat(self) -> None:
        now = self._clock.now()
        for owner in tuple(self._owners.values()):
            owner.beat(now)
            self._ticker.schedule(owner)

    async def _load(self, room: UUID) -> RoomOwner | None:
        try:
            now = self._clock.now()
            # The lease comes first, so that nothing which happens meanwhile goes to an old owner.
            tenure = await hold_room(self._database, room=room, node=self._node, now=now)
            restored = await restore(self._database, gift_book=self._gift_book, room=room)
            if restored is None or restored.state.status != "live":
                return None
            if tenure is None:
                raise Unavailable("Another node is taking this room over.")
            owner = RoomOwner(room, restored, tenure=tenure, limits=self._limits, now=now)
            self._owners[room] = owner
            for fact in self._early.get(room, ()):
                owner.take(fact, now)
            self._ticker.schedule(owner)
            return owner
        finally:
            self._early.pop(room, None)
            del self._loading[room]

    async def _let_go(self, owner: RoomOwner) -> None:
        if owner.is_over:
            self._evict(owner, protocol.ROOM_ENDED, "room closed")
        else:
            self._evict(owner, protocol.STATE_INVALIDATED, "moved")
        try:
            await let_room_go(
                self._database, node=self._node, tenure=owner.tenure, now=self._clock.now()
            )
        except Unavailable:
            log.info("lease_left_to_expire", room=owner.state.id)

    def _restart(self, owner: RoomOwner) -> None:
        """The books have everything: a room that broke starts afresh from them."""
        self._evict(owner, protocol.STATE_INVALIDATED, "restarted")

    def _evict(self, owner: RoomOwner, code: int, reason: str) -> None:
        """Forget a room and send its listeners away or back to the start."""
        if self._owners.get(owner.room) is not owner:
            # It went while somebody waited for the database, and may be back under a new epoch.
            return
        del self._owners[owner.room]
        self._ticker.stop(owner)
        frame = protocol.frame(protocol.evicted(owner.channel, code=code, reason=reason))
        for listener in tuple(owner.listeners):
            listener.evict(owner.room, frame)


def private_channel(account: UUID) -> str:
    """The channel that one account's connections hear without asking."""
    return f"wallet:{ids.show('acc', account)}"


async def _repeat(name: str, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again; an error is logged and does not end it."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Unavailable:
            log.info("round_skipped", round=name)
        except Exception:
            log.exception("round_failed", round=name)
