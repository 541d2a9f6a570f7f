"""Books in plain Python, kept beside the real ones: every leg in a list, every coin an object."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any
from uuid import UUID

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.money import NUMERIC, Money
from largesse.ledger import Booking, Committer, Credit, Kind, Leg, OnExpiry
from largesse.ledger import store as ledger_store
from largesse.ledger.purse import locked
from tests.ledger.conftest import CREATOR, Books

START = datetime(2024, 1, 10, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
CLEARING, DEFERRED, TAX, FEE = 10_310, 1_400, 1_420, 1_600
COUNTRIES = (("US", "USD"), ("JP", "JPY"), ("DE", "EUR"), ("AT", "EUR"))


@dataclass
class PlainLeg:
    """One amount from one account to another."""

    at: datetime
    debit: int
    credit: int
    amount: int
    asset: int


@dataclass(eq=False)
class PlainCoin:
    """A coin knows where it was bought, for how much, when it came and when it went."""

    country: str
    currency: str
    arrived: datetime
    micro: int = 0
    tax: int = 0
    expires: datetime = NEVER
    left: datetime | None = None
    why: str = ""


@dataclass
class PlainHold:
    """How many of each pool are promised."""

    id: UUID
    promo: int
    paid: int


@dataclass
class PlainPerson:
    """Somebody's coins: those that are there, and all that ever were."""

    account: int
    currency: str
    paid: list[PlainCoin] = field(default_factory=list)
    promo: list[PlainCoin] = field(default_factory=list)
    ever_paid: list[PlainCoin] = field(default_factory=list)
    ever_promo: list[PlainCoin] = field(default_factory=list)
    holds: list[PlainHold] = field(default_factory=list)

    def free(self) -> tuple[int, int]:
        """Promo and paid coins that nobody has promised."""
        return (
            len(self.promo) - sum(hold.promo for hold in self.holds),
            len(self.paid) - sum(hold.paid for hold in self.holds),
        )


@dataclass
class PlainBooks:
    """Does an act in the real books and writes down what it must have done."""

    books: Books
    committer: Committer
    legs: list[PlainLeg] = field(default_factory=list)
    people: list[PlainPerson] = field(default_factory=list)
    now: datetime = START
    names: count[int] = field(default_factory=count)

    def leg(self, debit: int, credit: int, amount: int, asset: int = ledger.COIN) -> None:
        """Write a leg down, unless it is empty."""
        if amount:
            self.legs.append(PlainLeg(self.now, debit, credit, amount, asset))

    async def newcomer(self, number: int) -> PlainPerson:
        currency = COUNTRIES[number % len(COUNTRIES)][1]
        person = PlainPerson(700_000 + len(self.people), currency)
        async with self.books.database.work() as connection:
            await ledger.open_purse(
                connection, account=person.account, currency=currency, at=self.now
            )
        self.people.append(person)
        return person

    async def credit(
        self, person: PlainPerson, *, paid: int, price: int, promo: int, expires: datetime | None
    ) -> None:
        country = COUNTRIES[next(self.names) % len(COUNTRIES)][0]
        money = Money(price, person.currency)
        tax = Money(price // 11, person.currency)
        order = Credit(
            id=ids.make(), account=person.account, key=f"plain-{next(self.names)}", body=b"pack",
            at=self.now, country=country, origin="sandbox", paid=paid, promo=promo,
            promo_expires=expires if promo else None, price=money if paid else None,
            tax=tax if paid else None, clearing=10,
        )  # fmt: skip
        async with self.books.database.work() as connection:
            await ledger.credit(connection, order)
        self.tidy(person)
        party = person.account * 1000
        self.leg(1151, party + 110, promo)
        self.leg(1150, party + 100, paid)
        if paid:
            asset = NUMERIC[person.currency]
            self.leg(CLEARING, DEFERRED, price - tax.amount, asset)
            self.leg(CLEARING, TAX, tax.amount, asset)
        micros, taxes = _shares(money.micro, paid), _shares(tax.micro, paid)
        bought = [
            PlainCoin(country, person.currency, self.now, micro, share)
            for micro, share in zip(micros, taxes, strict=True)
        ]
        given = [
            PlainCoin(country, person.currency, self.now, expires=expires or NEVER)
            for _ in range(promo)
        ]
        person.paid += bought
        person.ever_paid += bought
        person.promo = sorted([*person.promo, *given], key=lambda coin: coin.expires)
        person.ever_promo += given

    async def sweep(self, person: PlainPerson) -> None:
        async with self.books.database.work() as connection:
            await locked(connection, person.account)
            await ledger_store.expire_promo(connection, account=person.account, at=self.now)
        self.tidy(person)

    def tidy(self, person: PlainPerson) -> None:
        """Promo coins whose time is over leave, except as many as are promised."""
        over = sum(coin.expires <= self.now for coin in person.promo)
        going = max(0, over - sum(hold.promo for hold in person.holds))
        self.leg(person.account * 1000 + 110, 1173, going)
        self._take(person.promo, going, "expired")

    async def gift(self, person: PlainPerson, coins: int) -> None:
        spend = self.books.gift(person.account, coins, at=self.now, key=f"plain-{next(self.names)}")
        await self.committer.spend(spend)
        self.tidy(person)
        promo = min(person.free()[0], coins)
        party = person.account * 1000
        self.leg(party + 110, 1160, promo)
        self.leg(party + 100, 1160, coins - promo)
        self.leg(1250, CREATOR * 1000 + 200, coins, ledger.DIAMOND)
        self._take(person.promo, promo, "spent")
        self._take(person.paid, coins - promo, "spent")

    async def hold(self, person: PlainPerson, coins: int) -> None:
        order = self.books.hold(
            person.account, coins, on_expiry=OnExpiry.VOID, at=self.now,
            lasts=timedelta(days=9_000), key=f"plain-{next(self.names)}",
        )  # fmt: skip
        async with self.books.database.work() as connection:
            await ledger.hold(connection, order)
        self.tidy(person)
        promo = min(person.free()[0], coins)
        person.holds.append(PlainHold(order.id, promo, coins - promo))
        party = person.account * 1000
        self.leg(party + 110, party + 130, promo)
        self.leg(party + 100, party + 130, coins - promo)

    async def end(self, person: PlainPerson, hold: PlainHold, *, post: bool) -> None:
        about: dict[str, Any] = {
            "account": person.account,
            "hold": hold.id,
            "act": ids.make(),
            "at": self.now,
        }
        async with self.books.database.work() as connection:
            if post:
                await ledger.post_hold(connection, **about)
            else:
                await ledger.void_hold(connection, **about)
        person.holds.remove(hold)
        party = person.account * 1000
        if post:
            self.leg(party + 130, 1161, hold.promo)
            self.leg(party + 130, 1161, hold.paid)
            self.leg(1251, CREATOR * 1000 + 200, hold.promo + hold.paid, ledger.DIAMOND)
            self._take(person.promo, hold.promo, "spent")
            self._take(person.paid, hold.paid, "spent")
        else:
            self.leg(party + 130, party + 110, hold.promo)
            self.leg(party + 130, party + 100, hold.paid)
            self.tidy(person)

    async def late_fee(self, cents: int, *, days: int) -> None:
        """A provider's fee that we learn of long after its day."""
        at = self.now - timedelta(days=days)
        leg = Leg(FEE, CLEARING, cents, NUMERIC["USD"])
        async with self.books.database.work() as connection:
            await ledger.book(
                connection,
                Booking(
                    id=ids.make(), account=1, key=f"plain-{next(self.names)}", body=b"fee",
                    kind=Kind.PROVIDER_FEE, at=at, legs=(leg,),
                ),
            )  # fmt: skip
        self.legs.append(PlainLeg(at, FEE, CLEARING, cents, NUMERIC["USD"]))

    def _take(self, coins: list[PlainCoin], number: int, why: str) -> None:
        for coin in coins[:number]:
            coin.left, coin.why = self.now, why
        del coins[:number]

    async def live(self, luck: random.Random, *, steps: int) -> None:
        """Something happens, again and again, mostly later than before."""
        newcomers = [await self.newcomer(luck.randrange(4)) for _ in range(3)]
        for _ in range(steps):
            self.now += timedelta(hours=luck.choice([0, 1, 30, 400]))
            await self._step(luck, luck.choice(newcomers))

    async def _step(self, luck: random.Random, person: PlainPerson) -> None:
        size = luck.randint(1, 30)
        match luck.randrange(9):
            case 0 | 1:
                await self.credit(
                    person, paid=size, price=luck.randint(1, 900),
                    promo=luck.choice([0, 5]), expires=self.now + timedelta(days=luck.choice([3, 60])),
                )  # fmt: skip
            case 2:
                expires = luck.choice([None, self.now + timedelta(days=luck.choice([2, 40]))])
                await self.credit(person, paid=0, price=0, promo=size, expires=expires)
            case 3 | 4 | 5:
                await self._if_enough(self.gift, person, size)
            case 6:
                await self._if_enough(self.hold, person, size)
            case 7 if person.holds:
                hold = luck.choice(person.holds)
                # Coins are posted in the order in which they were promised to be.
                await self.end(person, hold, post=luck.random() < 0.6)
            case _:
                await self.sweep(person)
                await self.late_fee(size, days=luck.randrange(50))

    async def _if_enough(
        self,
        act: Callable[[PlainPerson, int], Awaitable[None]],
        person: PlainPerson,
        coins: int,
    ) -> None:
        await self.sweep(person)
        if sum(person.free()) >= coins:
            await act(person, coins)


def _shares(total: int, coins: int) -> list[int]:
    """What each coin of a lot carries, so that any first ones carry their part, rounded down."""
    sums = [total * number // coins for number in range(coins + 1)] if coins else [0]
    return [after - before for before, after in pairwise(sums)]
