"""When a room flushes, and how its frame gets to everybody without holding up other rooms."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from uuid import UUID

import structlog

from largesse.kernel.clock import Clock
from largesse.realtime import gauges
from largesse.realtime.owner import Listener, RoomOwner

log = structlog.get_logger()

TICK_SECONDS = 0.075
# Gathers what arrives together before the first frame after a silence.
GATHER_SECONDS = 0.01
# Writing to this many sockets takes a few milliseconds; then others get their turn.
DELIVER_AT_ONCE = 500


class Ticker:
    """At most one frame a tick and room, and none while nothing happens."""

    def __init__(self, clock: Clock, restart: Callable[[RoomOwner], None]) -> None:
        self._clock = clock
        self._restart = restart
        # A room that is here will flush, or is still being delivered.
        self._timers: dict[UUID, asyncio.TimerHandle] = {}
        self._flushed: dict[UUID, float] = {}

    def schedule(self, owner: RoomOwner) -> None:
        """Flush soon: at once after a silence, else when the tick is over."""
        if owner.room in self._timers or not owner.is_waiting:
            return
        loop = asyncio.get_running_loop()
        elapsed = loop.time() - self._flushed.get(owner.room, 0.0)
        delay = max(GATHER_SECONDS, TICK_SECONDS - elapsed)
        self._timers[owner.room] = loop.call_later(delay, self.flush, owner)

    def stop(self, owner: RoomOwner) -> None:
        """Flush this room no more."""
        self._flushed.pop(owner.room, None)
        timer = self._timers.pop(owner.room, None)
        if timer is not None:
            timer.cancel()

    def flush(self, owner: RoomOwner) -> None:
        """Send what waits as one frame; a room that cannot is restarted."""
        try:
            frame = owner.flush(self._clock.now())
        except Exception:
            log.exception("room_broke", room=owner.state.id)
            self._restart(owner)
            return
        gauges.FRAMES.inc()
        gauges.DELIVERIES.inc(len(owner.listeners))
        self._flushed[owner.room] = asyncio.get_running_loop().time()
        self._deliver(owner, frame, owner.offset, deque(owner.listeners))

    def _deliver(self, owner: RoomOwner, frame: bytes, offset: int, left: deque[Listener]) -> None:
        """Write one frame to some of the listeners, and to the others in the next turn.

        The room's timer stays taken until all have it, so frames keep their order.
        """
        for _ in range(min(len(left), DELIVER_AT_ONCE)):
            listener = left.popleft()
            # Whoever came in after the frame was cut has it in the snapshot.
            if owner.listeners.get(listener, offset) < offset:
                listener.write(frame)
        if left:
            loop = asyncio.get_running_loop()
            self._timers[owner.room] = loop.call_later(0, self._deliver, owner, frame, offset, left)
            return
        self._timers.pop(owner.room, None)
        self.schedule(owner)
