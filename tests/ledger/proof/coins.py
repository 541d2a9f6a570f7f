"""Coins as objects: each knows its lot, its place there, what it cost to the last micro, and who has it.

Nothing here looks at the ledger's code: it is written from docs/ledger.md, for a reader with a list
of coins before them. A purse is a list; the order in which coins leave it is one sort.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any, NamedTuple
from uuid import UUID

NEVER = datetime.max.replace(tzinfo=UTC)
PAID, PROMO, PRIZE = "paid", "promo", "prize"
POOLS = (PROMO, PRIZE, PAID)
"""In the order in which they are spent."""
UNIT = {"USD": 10_000, "JPY": 1_000_000, "KWD": 1_000}
"""Micro of one minor unit."""


class Refused(Exception):
    """The plain books would not do this; `word` is the name of the refusal."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Cost(NamedTuple):
    """What coins cost whoever bought them, in micro, and the tax and fee in it."""

    micro: int = 0
    tax: int = 0
    fee: int = 0

    @property
    def net(self) -> int:
        return self.micro - self.tax


@dataclass(eq=False)
class Lot:
    """Coins that came in together. `number` says which came first."""

    number: int
    pool: str
    country: str
    currency: str
    source: UUID | None
    expires: datetime
    arrived: datetime


@dataclass(eq=False)
class Coin:
    """One coin. `mark` is the claim that it is set aside for, `fate` where it went.

    `stays` are the times that it was in its purse, each from a moment up to another one.
    """

    lot: Lot
    place: int
    cost: Cost
    mark: Any = None
    fate: str = ""
    stays: list[tuple[datetime, datetime]] = field(default_factory=list)
    act: Any = None
    spot: int = 0

    @property
    def age(self) -> tuple[datetime, int, int]:
        return (self.lot.expires, self.lot.number, self.place)

    def come(self, at: datetime) -> None:
        self.fate = ""
        self.stays.append((at, NEVER))

    def go(self, fate: str, at: datetime) -> None:
        self.mark, self.fate = None, fate
        self.stays[-1] = (self.stays[-1][0], at)

    def was_there(self, before: datetime) -> bool:
        return any(came < before <= went for came, went in self.stays)


def shares(total: int, parts: int) -> list[int]:
    """A total in so many parts, such that the first ones always have their share, rounded down."""
    if not parts:
        return []
    sums = [floor(Fraction(total, parts) * number) for number in range(parts + 1)]
    return [after - before for before, after in pairwise(sums)]


def minted(lot: Lot, coins: int, cost: Cost) -> list[Coin]:
    """All coins of a new lot."""
    costs = zip(*(shares(total, coins) for total in cost), strict=True)
    return [Coin(lot, place, Cost(*one)) for place, one in enumerate(costs)]


def cost_of(coins: Iterable[Coin]) -> Cost:
    """What all of them cost."""
    found = Cost()
    for coin in coins:
        found = Cost(*(one + other for one, other in zip(found, coin.cost, strict=True)))
    return found


def counted(coins: Iterable[Coin]) -> Counter[str]:
    """How many of each pool."""
    return Counter(coin.lot.pool for coin in coins)


@dataclass(eq=False)
class Hold:
    """Coins promised: how many of each pool, whichever they will be."""

    id: UUID
    creator: int
    kind: int
    coins: Counter[str]
    diamonds: int
    rate: int | None
    micro: int
    at: datetime
    due: datetime
    posts: bool
    state: str = "open"


def periods(at: datetime) -> dict[str, Hashable]:
    """The day, the week and the month of a moment."""
    return {
        "day": at.date(),
        "week": at.isocalendar()[:2],
        "month": (at.year, at.month),
    }


@dataclass(eq=False)
class Person:
    """Somebody's purse: a list of coins, and what was promised of them."""

    account: int
    currency: str
    coins: list[Coin] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    claims: list[Any] = field(default_factory=list)
    debt: int = 0
    paused: bool = False
    limits: dict[str, int | None] = field(default_factory=dict)
    used: Counter[Hashable] = field(default_factory=Counter)
    unswept: int = 0

    @property
    def frozen(self) -> bool:
        return self.paused or self.debt > 0 or self.disputed

    @property
    def disputed(self) -> bool:
        return any(claim.state == "open" for claim in self.claims if claim.word == "dispute")

    def line(self, pool: str) -> list[Coin]:
        """The coins of a pool in the order in which they leave; those set aside stand in no line."""
        own = [coin for coin in self.coins if coin.lot.pool == pool and coin.mark is None]
        return sorted(own, key=lambda coin: coin.age)

    def promised(self, pool: str) -> int:
        return sum(hold.coins[pool] for hold in self.holds if hold.state == "open")

    def set_aside(self, pool: str) -> int:
        return sum(coin.lot.pool == pool for coin in self.coins if coin.mark is not None)

    def free(self, pool: str) -> int:
        return len(self.line(pool)) - self.promised(pool)

    @property
    def spendable(self) -> int:
        return sum(self.free(pool) for pool in POOLS)

    def split(self, coins: int) -> Counter[str]:
        """How many of each pool an act of so many coins takes."""
        if coins > self.spendable:
            raise Refused("InsufficientCoins")
        found: Counter[str] = Counter()
        for pool in POOLS:
            found[pool] = min(self.free(pool), coins - found.total())
        return found

    def next(self, wanted: Counter[str], *, behind_promises: bool = False) -> list[Coin]:
        """The coins that leave next, promo first; or those behind the ones that were promised."""
        found = []
        for pool in POOLS:
            first = self.promised(pool) if behind_promises else 0
            found += self.line(pool)[first : first + wanted[pool]]
        return found

    def leave(self, coins: Iterable[Coin], fate: str, *, at: datetime) -> None:
        for coin in coins:
            self.coins.remove(coin)
            coin.go(fate, at)

    def tidy(self, now: datetime) -> None:
        """Promo coins whose time is over leave, except as many as are promised."""
        line = self.line(PROMO)
        over = sum(coin.lot.expires <= now for coin in line)
        leaving = line[: max(over - self.promised(PROMO), 0)]
        self.leave(leaving, "expired", at=now)
        self.unswept += len(leaving)

    def count(self, micro: int, now: datetime) -> None:
        """Count towards the gift budget, or refuse."""
        for name, period in periods(now).items():
            limit = self.limits.get(name)
            if limit is not None and self.used[name, period] + micro > limit:
                raise Refused("LimitReached")
        for key in periods(now).items():
            self.used[key] += micro

    def give_back(self, micro: int, counted_at: datetime) -> None:
        for key in periods(counted_at).items():
            self.used[key] -= micro
