"""The time, as an argument: nothing below `main` asks the system for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """Whoever knows what time it is."""

    def now(self) -> datetime:
        """The current moment, aware and in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock, moved by `offset_seconds` where a rehearsal needs another day."""

    offset_seconds: int = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset_seconds)
