"""How often one person may have us ask a provider: its patience with us is everybody's."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from largesse.kernel.errors import RateLimited

# Beyond this many people the ones who asked nothing for longest are forgotten.
_REMEMBERED_MAX = 10_000


@dataclass(slots=True)
class Asking:
    """So many questions a person within a while, on this node. The sweeper asks on its own account.

    A provider counts our calls: Google so many a day, Stripe so many a second. Whoever made us
    use them up would stop everybody's coins.
    """

    most: int = 60
    within: timedelta = timedelta(minutes=10)
    _asked: dict[int, deque[datetime]] = field(default_factory=dict)

    def take(self, account: int, now: datetime) -> None:
        """Count one question; raises `RateLimited` when it is one too many."""
        times = self._asked.pop(account, None) or deque(maxlen=self.most)
        self._asked[account] = times
        if len(self._asked) > _REMEMBERED_MAX:
            del self._asked[next(iter(self._asked))]
        if len(times) == self.most and now - times[0] < self.within:
            raise RateLimited("You have asked very often. We keep asking by ourselves.")
        times.append(now)
