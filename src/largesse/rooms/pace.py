"""How often somebody may do something: a bucket that refills, as a pure rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True)
class Pace:
    """`burst` actions at once, then `per_second` of them; time is an argument.

    Counted in thousandths of an action, so that nothing is lost between two calls.
    """

    per_second: int
    burst: int
    _left_milli: int = -1
    _seen: datetime | None = None

    def allows(self, now: datetime) -> bool:
        """Take one action out of the bucket, or say no and take nothing."""
        if self._seen is None:
            self._left_milli = self.burst * 1000
        else:
            passed_us = max(0, (now - self._seen) // _MICROSECOND)
            gained = passed_us * self.per_second // 1000
            self._left_milli = min(self.burst * 1000, self._left_milli + gained)
        self._seen = now
        if self._left_milli < 1000:
            return False
        self._left_milli -= 1000
        return True
