"""The plain books: people, creators and pots, and every act with its legs, in the order of happening."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from tests.ledger.proof.coins import PAID, POOLS, PRIZE, PROMO, Coin, Cost, Lot, Person, minted

COIN, DIAMOND = 1, 2
ASSET = {"USD": 840, "JPY": 392, "KWD": 414}
CODE = {PAID: 100, PROMO: 110, PRIZE: 120}
HELD, ESCROW, OWED = 130, 140, 190
PENDING, AVAILABLE, WITHDRAWING, DIAMONDS_OWED = 200, 210, 220, 290
# What an act does to its purse, as docs/ledger.md and the journal's table number it.
OTHER, SPEND, CREDIT, HOLD, POST, VOID, EXPIRE, PUT, BACK, RELEASE, FORFEIT, AWARD = range(12)


@dataclass(eq=False)
class Act:
    """One journal. `change` is how what can be spent changed, `coins` which coins it was about.

    `seq`, `id` and `balance` are the real ones, once the act was found in the books.
    """

    account: int
    kind: int
    shape: int
    at: datetime
    pools: Counter[str] = field(default_factory=Counter)
    cost: Cost = field(default_factory=Cost)
    party: int | None = None
    diamonds: int = 0
    rate: int | None = None
    currency: str = ""
    sign: int = 0
    source: UUID | None = None
    place: UUID | None = None
    coins: list[Coin] = field(default_factory=list)
    sides: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    seq: int = 0
    id: UUID | None = None
    balance: int = 0

    def debit(self, account: int, amount: int, asset: int) -> None:
        """One side of it: what is taken on one account is given on others."""
        assert amount >= 0
        if amount:
            self.sides["debit", account, asset] += amount

    def credit(self, account: int, amount: int, asset: int) -> None:
        assert amount >= 0
        if amount:
            self.sides["credit", account, asset] += amount

    def move(self, debit: int, credit: int, amount: int, asset: int) -> None:
        """From one account to another."""
        self.debit(debit, amount, asset)
        self.credit(credit, amount, asset)

    def pay(self, debits: dict[int, int], credits_: dict[int, int]) -> None:
        """Real money in the act's currency."""
        for number, amount in debits.items():
            self.debit(number, amount, ASSET[self.currency])
        for number, amount in credits_.items():
            self.credit(number, amount, ASSET[self.currency])

    def from_pools(self, account: int, target: int) -> None:
        for pool in POOLS:
            self.move(account * 1000 + CODE[pool], target, self.pools[pool], COIN)

    def into_pools(self, source: int, account: int) -> None:
        for pool in POOLS:
            self.move(source, account * 1000 + CODE[pool], self.pools[pool], COIN)

    def earn(self, creator: int) -> None:
        """Diamonds are issued by the account of their kind."""
        self.move(1000 + self.kind + 90, creator * 1000 + PENDING, self.diamonds, DIAMOND)

    @property
    def is_balanced(self) -> bool:
        sums: Counter[int] = Counter()
        for (side, _, asset), amount in self.sides.items():
            sums[asset] += amount if side == "debit" else -amount
        return not any(sums.values())


@dataclass(eq=False)
class Hour:
    """What a creator earned in an hour, and what of it is not pending any more."""

    acts: list[Act] = field(default_factory=list)
    matured: int = 0
    clawed: int = 0

    @property
    def pending(self) -> int:
        return sum(act.diamonds for act in self.acts) - self.matured - self.clawed


@dataclass(eq=False)
class Creator:
    """Somebody who earns diamonds."""

    party: int
    hours: dict[datetime, Hour] = field(default_factory=dict)
    available: int = 0
    withdrawing: int = 0
    redeemed: int = 0
    debt: int = 0
    payouts: list[Any] = field(default_factory=list)

    @property
    def pending(self) -> int:
        return sum(hour.pending for hour in self.hours.values())


@dataclass
class World:
    """Everything there is. `folded` and `booked` are numbers of real journals."""

    now: datetime
    people: dict[int, Person] = field(default_factory=dict)
    creators: dict[int, Creator] = field(default_factory=dict)
    pots: dict[UUID, Any] = field(default_factory=dict)
    escrows: dict[UUID, Any] = field(default_factory=dict)
    sales: dict[UUID, Any] = field(default_factory=dict)
    claims: dict[UUID, Any] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    minted: list[Coin] = field(default_factory=list)
    released: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    folded: int = 0
    booked: int = 0
    lots: count[int] = field(default_factory=count)

    def write(self, act: Act) -> Act:
        """An act is in the books, and whoever earned by it has earned."""
        self.acts.append(act)
        if act.diamonds:
            assert act.party is not None
            act.earn(act.party)
            hour = act.at.replace(minute=0, second=0, microsecond=0)
            self.creator(act.party).hours.setdefault(hour, Hour()).acts.append(act)
        assert act.is_balanced
        return act

    def creator(self, party: int) -> Creator:
        return self.creators.setdefault(party, Creator(party))

    def lot(
        self,
        person: Person,
        pool: str,
        *,
        coins: int,
        cost: Cost,
        country: str = "US",
        source: UUID | None = None,
        expires: datetime,
    ) -> list[Coin]:
        """New coins for a purse."""
        lot = Lot(next(self.lots), pool, country, person.currency, source, expires, self.now)
        fresh = minted(lot, coins, cost)
        for coin in fresh:
            coin.come(self.now)
        person.coins += fresh
        self.minted += fresh
        return fresh
