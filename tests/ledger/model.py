"""A purse in plain Python, written from the rules and not from the SQL: every coin is an object."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Coin:
    """A coin knows what it cost, and until when it is good."""

    micro: int = 0
    expires: datetime = NEVER


@dataclass
class Promise:
    """Coins on hold: how many of each kind, what they counted, and when."""

    promo: int
    paid: int
    micro: int
    day: date
    due: datetime


@dataclass
class ModelPurse:
    """What a purse must do; every refusal is a word."""

    paid: deque[Coin] = field(default_factory=deque)
    promo: list[Coin] = field(default_factory=list)
    promises: dict[int, Promise] = field(default_factory=dict)
    spent: dict[date, int] = field(default_factory=dict)
    limit: int | None = None
    issued: int = 0
    gone: int = 0
    diamonds: int = 0

    @property
    def held_promo(self) -> int:
        return sum(promise.promo for promise in self.promises.values())

    @property
    def held_paid(self) -> int:
        return sum(promise.paid for promise in self.promises.values())

    def recharge(self, coins: int, micro: int) -> None:
        """Each coin costs a whole number of millionths, and all of them what was paid."""
        paid = 0
        for number in range(1, coins + 1):
            due = micro * number // coins
            self.paid.append(Coin(due - paid))
            paid = due
        self.issued += coins

    def bonus(self, coins: int, expires: datetime) -> None:
        self.promo.extend(Coin(0, expires) for _ in range(coins))
        self.promo.sort(key=lambda coin: coin.expires)
        self.issued += coins

    def tidy(self, now: datetime) -> None:
        """Coins whose time is over leave, except as many as are promised."""
        over = sum(coin.expires <= now for coin in self.promo)
        leaving = max(0, over - self.held_promo)
        del self.promo[:leaving]
        self.gone += leaving

    def _split(self, coins: int) -> tuple[int, int] | str:
        free_promo = len(self.promo) - self.held_promo
        free_paid = len(self.paid) - self.held_paid
        if coins > free_promo + free_paid:
            return "InsufficientCoins"
        promo = min(free_promo, coins)
        return promo, coins - promo

    def _fits(self, micro: int, today: date) -> bool:
        return self.limit is None or self.spent.get(today, 0) + micro <= self.limit

    def _take(self, promo: int, paid: int) -> int:
        del self.promo[:promo]
        self.gone += promo + paid
        return sum(self.paid.popleft().micro for _ in range(paid))

    def gift(self, coins: int, now: datetime) -> int | str:
        """What it cost, or why not."""
        self.tidy(now)
        split = self._split(coins)
        if isinstance(split, str):
            return split
        promo, paid = split
        cost = sum(coin.micro for coin in list(self.paid)[:paid])
        if not self._fits(cost, now.date()):
            return "LimitReached"
        assert self._take(promo, paid) == cost
        self.spent[now.date()] = self.spent.get(now.date(), 0) + cost
        self.diamonds += coins
        return cost

    def hold(self, name: int, coins: int, now: datetime, due: datetime) -> int | str:
        """What it counts, or why not."""
        self.tidy(now)
        split = self._split(coins)
        if isinstance(split, str):
            return split
        promo, paid = split
        first = self.held_paid
        micro = sum(coin.micro for coin in list(self.paid)[first : first + paid])
        if not self._fits(micro, now.date()):
            return "LimitReached"
        self.spent[now.date()] = self.spent.get(now.date(), 0) + micro
        self.promises[name] = Promise(promo, paid, micro, now.date(), due)
        return micro

    def post(self, name: int) -> int:
        promise = self.promises.pop(name)
        self.diamonds += promise.promo + promise.paid
        return self._take(promise.promo, promise.paid)

    def void(self, name: int, now: datetime) -> None:
        promise = self.promises.pop(name)
        self.spent[promise.day] -= promise.micro
        self.tidy(now)
