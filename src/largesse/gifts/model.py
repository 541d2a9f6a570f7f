"""What a gift is, who gets how much of it, and which gifts make a streak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.errors import LargesseError

Visibility = Literal["public", "anonymous"]

COUNT_MAX = 10_000

# FEATURES 23: the same gift from the same person within three seconds goes on with the streak.
STREAK_IDLE = timedelta(seconds=3)
_STREAKS_MAX = 100_000


class GiftToSelf(LargesseError):
    """You cannot send gifts in your own room."""

    code = "gift_to_self"


@dataclass(frozen=True, slots=True)
class GiftOrder:
    """What somebody wants to send: `gift` is an id or a slug."""

    gift: str
    count: int = 1
    visibility: Visibility | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """Who gets how much of what a gift cost its sender, in micro of the sender's currency.

    `tax + fees + platform + creator` is `cost_basis` to the last unit. Promo coins
    cost the sender nothing; what the house adds for them is `promotion`, so that a
    creator is worth as much with them: `creator + promotion` is what they receive.
    """

    coins: int
    cost_basis: int
    tax: int
    fees: int
    platform: int
    creator: int
    promotion: int
    diamonds: int
    currency: str


@dataclass(frozen=True, slots=True)
class SentGift:
    """A gift that is in the books, with the answer its sender gets."""

    id: UUID
    seq: int
    sender: int
    creator: int
    room: UUID
    gift: UUID
    combo: UUID
    count: int
    at: datetime
    anonymous: bool
    balance: int
    split: Split
    replayed: bool = False


def split_of(
    *,
    coins: int,
    diamonds: int,
    cost_basis: int,
    tax: int,
    fees: int,
    diamond_micro: int,
    currency: str,
) -> Split:
    """Divide a gift's cost by the stated value of a diamond.

    The creator's diamonds are worth `diamonds × diamond_micro`. As much of it as the
    sender's money holds after tax and fees is `creator`; the house adds the rest as
    `promotion` and keeps what is left over as `platform`. No part is ever negative
    and rounding has nothing to round: all parts are differences of whole numbers.
    """
    assert 0 <= tax + fees <= cost_basis
    worth = diamonds * diamond_micro
    net = cost_basis - tax - fees
    creator = min(worth, net)
    return Split(
        coins=coins,
        cost_basis=cost_basis,
        tax=tax,
        fees=fees,
        platform=net - creator,
        creator=creator,
        promotion=worth - creator,
        diamonds=diamonds,
        currency=currency,
    )


class Streaks:
    """Which streak a gift belongs to: decided when it is sent, stored with it.

    Kept in memory and bounded: forgetting a running streak only starts a new one,
    and no coin depends on it.
    """

    def __init__(self) -> None:
        self._running: dict[tuple[int, UUID, UUID, bool], tuple[UUID, datetime]] = {}

    def join(self, *, sender: int, room: UUID, gift: UUID, anonymous: bool, now: datetime) -> UUID:
        """The running streak of this sender and gift, or a new one."""
        key = (sender, room, gift, anonymous)
        combo, last_at = self._running.pop(key, (None, now))
        if combo is None or now - last_at > STREAK_IDLE:
            combo = ids.make()
        self._running[key] = (combo, now)
        if len(self._running) > _STREAKS_MAX:
            # Insertion order is age order: the front has been idle the longest.
            del self._running[next(iter(self._running))]
        return combo
