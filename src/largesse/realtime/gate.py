"""What a connection and the gateway know of each other, and what one client may cost."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from largesse.kernel.database import Database
from largesse.realtime.calls import Methods
from largesse.realtime.hub import Hub
from largesse.realtime.protocol import Farewell
from largesse.realtime.tokens import Bearer, Tokens


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one client may cost."""

    connections_max: int = 20_000
    message_bytes_max: int = 64 * 1024
    buffer_bytes_max: int = 512 * 1024
    system_buffer_bytes: int = 128 * 1024
    rooms_max: int = 32
    calls_running_max: int = 128
    commands_per_second: int = 200
    commands_burst: int = 400
    ping_seconds: int = 25
    hello_seconds: int = 10


class Socket(Protocol):
    """A connection as the gateway looks after it."""

    opened_at: datetime
    bearer: Bearer | None
    is_pong_due: bool

    def write(self, frame: bytes) -> None:
        """Send a ready-made frame."""
        ...

    def farewell(self, why: Farewell) -> None:
        """Close with a reason."""
        ...


class Gate(Protocol):
    """The gateway as a connection needs it."""

    hub: Hub
    database: Database
    tokens: Tokens
    methods: Methods
    limits: SocketLimits
    dropped_slow: int

    def now(self) -> datetime:
        """The current moment."""
        ...

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that outlives its connection."""
        ...

    def opened(self, connection: Socket) -> None:
        """A socket is open and has not said who it is."""
        ...

    def welcomed(self, connection: Socket) -> None:
        """A socket said who it is."""
        ...

    def gone(self, connection: Socket) -> None:
        """A socket is closed."""
        ...
