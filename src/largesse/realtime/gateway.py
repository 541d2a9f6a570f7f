"""The gateway: the port where room sockets are opened, pinged and closed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

import structlog
from picows import WSUpgradeRequest, ws_create_server

from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.realtime import gauges
from largesse.realtime.calls import Methods
from largesse.realtime.connection import Connection
from largesse.realtime.gate import Socket, SocketLimits
from largesse.realtime.hub import Hub
from largesse.realtime.protocol import PING, Farewell, frame
from largesse.realtime.tokens import Tokens

log = structlog.get_logger()

PATH = b"/connection/websocket"
_PING_FRAME = frame(PING)


class Gateway:
    """All room sockets of this process."""

    def __init__(
        self,
        *,
        hub: Hub,
        database: Database,
        clock: Clock,
        tokens: Tokens,
        methods: Methods,
        limits: SocketLimits | None = None,
    ) -> None:
        self.hub = hub
        self.database = database
        self.tokens = tokens
        self.methods = methods
        self.limits = limits or SocketLimits()
        self.dropped_slow = 0
        self._clock = clock
        self._server: asyncio.Server | None = None
        # Each second one of the rings is pinged, so pings never come all at once.
        self._rings: list[set[Socket]] = [set() for _ in range(self.limits.ping_seconds)]
        self._turn = 0
        self._unknown: set[Socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0

    def now(self) -> datetime:
        """The current moment."""
        return self._clock.now()

    @property
    def connections(self) -> int:
        """Sockets that are open right now."""
        return self._count

    async def listen(self, *, host: str, port: int) -> int:
        """Open the port; returns its number, which the system chooses when `port` is 0."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=4096)
        # Accepted sockets inherit it: what a client does not read must show up here
        # soon, not vanish into megabytes of the system's own buffers.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.limits.system_buffer_bytes)
        self._server = await ws_create_server(
            self._upgrade,
            sock=listening,
            max_frame_size=self.limits.message_bytes_max,
            read_buffer_init_size=2048,
            enable_auto_ping=False,
            backlog=4096,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def run(self) -> None:
        """Ping, and send away who is silent or out of time, until cancelled."""
        while True:
            await asyncio.sleep(1)
            self.tend()

    async def close(self) -> None:
        """Take no new sockets, finish running calls, and send everybody away to come back."""
        if self._server is not None:
            self._server.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)
        for connection in (*self._unknown, *(one for ring in self._rings for one in ring)):
            connection.farewell(Farewell.SHUTDOWN)

    def tend(self) -> None:
        """One second's round: ping a ring and see who missed the last ping."""
        now = self.now()
        patience = timedelta(seconds=self.limits.hello_seconds)
        for connection in tuple(self._unknown):
            if connection.opened_at + patience <= now:
                connection.farewell(Farewell.STALE)
        self._turn = (self._turn + 1) % len(self._rings)
        for connection in tuple(self._rings[self._turn]):
            if connection.is_pong_due:
                connection.farewell(Farewell.NO_PONG)
            elif connection.bearer is not None and connection.bearer.expires_at <= now:
                connection.farewell(Farewell.EXPIRED)
            else:
                connection.is_pong_due = True
                connection.write(_PING_FRAME)

    # For connections

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that outlives its connection: a gift is not undone by a lost socket."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def opened(self, connection: Socket) -> None:
        """A socket is open and has not said who it is."""
        self._count += 1
        gauges.CONNECTIONS.inc()
        self._unknown.add(connection)
        if self._count > self.limits.connections_max:
            connection.farewell(Farewell.TOO_MANY_CONNECTIONS)

    def welcomed(self, connection: Socket) -> None:
        """A socket said who it is; its first ping comes a whole round from now."""
        self._unknown.discard(connection)
        self._rings[self._turn].add(connection)

    def gone(self, connection: Socket) -> None:
        """A socket is closed."""
        self._count -= 1
        gauges.CONNECTIONS.dec()
        self._unknown.discard(connection)
        for ring in self._rings:
            ring.discard(connection)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("socket_task_failed", exc_info=task.exception())

    def _upgrade(self, request: WSUpgradeRequest) -> Connection | None:
        path = request.path.partition(b"?")[0]
        return Connection(self, self.now()) if path == PATH else None
