"""What people like to give and how often: pure rules over a seeded chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

# Dearer gifts are rarer, but not as rare as they are dear: this makes a lion
# a matter of minutes and a castle one of an evening.
RARITY = 0.62
BATCHES = (5, 5, 10, 10, 99)
BATCH_GIFT_COINS_MAX = 5
TAPPED_GIFT_COINS_MAX = 30
TAPS_MAX = 12


class Taste(Enum):
    """How freely somebody gives: the pack they buy, and what they never go beyond."""

    MODEST = (350, 50)
    STEADY = (1400, 999)
    LAVISH = (7000, 44_999)

    @property
    def pack_coins(self) -> int:
        """The pack they like to have."""
        return self.value[0]

    @property
    def coins_max(self) -> int:
        """The dearest gift they would think of."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift as the catalogue shows it; `coins` is the price of one."""

    slug: str
    coins: int


@dataclass(frozen=True, slots=True)
class Sending:
    """One wish to give: a single gift, a batch, or taps one after another."""

    gift: Gift
    counts: tuple[int, ...]

    @property
    def coins(self) -> int:
        """What the whole wish costs."""
        return self.gift.coins * sum(self.counts)


def some_taste(chance: Random) -> Taste:
    """Most people are modest, one in twenty is lavish."""
    return chance.choices((Taste.MODEST, Taste.STEADY, Taste.LAVISH), (65, 30, 5))[0]


def some_sending(gifts: Sequence[Gift], chance: Random) -> Sending:
    """The next gift of a room: many roses and hearts in streaks, rarely something grand."""
    gift = chance.choices(gifts, [one.coins**-RARITY for one in gifts])[0]
    if gift.coins > TAPPED_GIFT_COINS_MAX:
        return Sending(gift, (1,))
    luck = chance.random()
    if luck < 0.12 and gift.coins <= BATCH_GIFT_COINS_MAX:
        return Sending(gift, (chance.choice(BATCHES),))
    if luck < 0.5:
        taps = 2
        while taps < TAPS_MAX and chance.random() < 0.7:
            taps += 1
        return Sending(gift, (1,) * taps)
    return Sending(gift, (1,))


def sendings_per_minute(gifts_per_minute: float) -> float:
    """How many wishes a minute give this many gifts: an average wish is sent in two taps."""
    return gifts_per_minute / 2.2


def pause_seconds(per_minute: float, chance: Random) -> float:
    """Until the next of many independent happenings (a Poisson process)."""
    return chance.expovariate(per_minute / 60)
