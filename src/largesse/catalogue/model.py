"""A gift as it stands on the shelf, and the rules that need nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from largesse.kernel.errors import LargesseError

Tier = Literal["icon", "animated", "showpiece"]

# From which price a gift crosses the stage, and from which it fills it (UI.md).
ANIMATED_COINS_MIN = 100
SHOWPIECE_COINS_MIN = 5_000


class GiftUnavailable(LargesseError):
    """This gift cannot be sent at the moment."""

    code = "gift_unavailable"
    next = "Choose another gift."


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift of the catalogue; `coins` is the price of one piece."""

    id: UUID
    slug: str
    name: str
    coins: int
    alt: str
    colour: str
    available_from: datetime | None
    available_until: datetime | None

    def is_available(self, now: datetime) -> bool:
        """Whether it can be sent now; the end of its window is already outside."""
        begun = self.available_from is None or self.available_from <= now
        return begun and (self.available_until is None or now < self.available_until)


def tier_of(coins: int) -> Tier:
    """How grandly a gift of this price appears."""
    if coins >= SHOWPIECE_COINS_MIN:
        return "showpiece"
    return "animated" if coins >= ANIMATED_COINS_MIN else "icon"
