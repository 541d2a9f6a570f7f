"""What the contract suite asks of a provider's stand-in, and how to add one.

Every adapter keeps the same promises (docs/providers.md), so they are tested once, here, over
*benches*: an adapter, the stand-in of its provider behind real HTTP or real signatures, and a
hand that pays, declines and disputes there. A new provider costs one file:

1. `benches/acme.py` with a class that has what `Bench` names and `async def open_acme()` as an
   async context manager that starts the stand-in, makes the adapter, and ends both.
2. One line in `benches/__init__.py`: `"acme": open_acme`.
3. What this provider cannot do goes into `cannot`, each with its reason in a sentence. A test of
   such a thing is skipped with that sentence; what is not declared there must work.

Orders are known by *our* reference everywhere, also where a test never learned the provider's
own id. `act` returns when the stand-in has done it; notices may take their time, so `delivered`
waits for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import pytest

from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.payments import (
    CheckoutStarted,
    CheckoutWanted,
    KeepsMethods,
    Outcome,
    Provider,
    Unknown,
)


class Act(StrEnum):
    """What payers, banks and the provider's own people do, at the stand-in."""

    PAY = "pay"
    PAY_SLOWLY = "pay slowly: the bank says later whether"
    CLEAR = "the bank says yes to a slow payment"
    BOUNCE = "the bank says no to a slow payment"
    DECLINE = "a card is declined"
    DECLINE_POOR = "a card is declined for insufficient funds"
    ASK = "the bank asks for a 3-D Secure step and nobody answers yet"
    FAIL_STEP = "the bank's step is failed"
    ABANDON = "the page's time runs out"
    DISPUTE = "the payer's bank takes a payment back"
    WIN = "the dispute is won"
    LOSE = "the dispute is lost"
    PAY_UNRETURNABLE = "pay with what a refund cannot reach, as is found out later"
    RETURN_FAILS = "the refund to it fails now"
    GIVE_BACK = "somebody refunds all of it at the provider, without us"


class Can(StrEnum):
    """What adapters do and not every provider offers."""

    PAGE = "send the payer to a page, with an id of its own"
    FIND = "find a payment by our id alone"
    CLOSE = "close a page"
    REFUND = "give money back"
    REFUND_PART = "give a part of the money back"
    SAVE = "keep a way to pay and charge it again"
    ROTATE = "take two secrets while one replaces the other"
    AGE = "sign the time of sending"
    HEADERS = "sign a notice in its headers"
    SUM = "tell by asking how much was given back"
    STUMBLE = "break behind the work and before the answer"


class Signer(StrEnum):
    """Who signs: the provider, the provider with the secret that comes next, or a stranger."""

    PROVIDER = "provider"
    NEXT = "next"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notice as it travels."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Order:
    """An order of ours, and its page if the provider told us."""

    wanted: CheckoutWanted
    started: CheckoutStarted | None = None

    @property
    def reference(self) -> str:
        return self.wanted.reference

    @property
    def key(self) -> str:
        return f"{self.reference}:checkout"

    @property
    def checkout(self) -> str:
        """The provider's id of it, as refunds and queries are given it."""
        return "" if self.started is None else self.started.checkout


class Bench(Protocol):
    """One provider under test. Everything below happens at the stand-in, except `provider`."""

    @property
    def name(self) -> str:
        """The provider's code."""
        ...

    @property
    def provider(self) -> Provider:
        """The adapter, made as `payments/registry.py` makes it."""
        ...

    @property
    def method(self) -> str:
        """The way to pay that its tests use."""
        ...

    @property
    def price(self) -> Money:
        """What an order costs."""
        ...

    @property
    def product(self) -> str:
        """What a store sells for it; empty elsewhere."""
        ...

    @property
    def cannot(self) -> Mapping[Act | Can, str]:
        """What this provider does not offer, each with its reason in a sentence."""
        ...

    def wants(self, act: Act) -> dict[str, Any]:
        """What an order has to ask for so that this can happen to it; mostly nothing.

        Such as `{"method": "sepa_debit"}`: only a bank's debit is slow there.
        """
        ...

    def unreachable(self) -> Provider:
        """A second adapter, whose provider does not answer."""
        ...

    async def act(self, order: Order, act: Act) -> None:
        """Do this for the order, whether or not we ever learned its page."""
        ...

    async def delivered(self, order: Order, count: int) -> list[Delivery]:
        """The order's first notices, as sent: genuine, fresh, and in their order."""
        ...

    def sign(self, body: bytes, *, at: datetime, signer: Signer) -> dict[str, str]:
        """The headers that this signer would send with this body at this time."""
        ...

    async def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        """The next calls do their work and then answer 500, or only after so many seconds.

        `after` lets that many calls through first, for adapters that need several for one thing;
        a bench whose adapter never does may leave it aside.
        """
        ...

    async def checkouts(self, order: Order) -> int:
        """How many pages this order has there."""
        ...

    async def given_back(self, order: Order) -> int:
        """How much of it went back, in minor units, without what failed."""
        ...


@runtime_checkable
class SellsItself(Protocol):
    """A store: it does not know our orders, only what it sold."""

    def purchase(self, order: Order) -> str:
        """The store's id of what was bought for an order."""
        ...


@dataclass
class Desk:
    """A bench, and what all tests say to it in one line."""

    bench: Bench
    _closing: list[Provider] = field(default_factory=list)

    @property
    def provider(self) -> Provider:
        return self.bench.provider

    @property
    def keeper(self) -> KeepsMethods:
        """The same adapter, where it keeps ways to pay."""
        self.needs(Can.SAVE)
        provider = self.bench.provider
        assert isinstance(provider, KeepsMethods)
        return provider

    def needs(self, *abilities: Act | Can) -> None:
        """Leave a test that this provider declared to be beyond it."""
        for ability in abilities:
            if ability in self.bench.cannot:
                pytest.skip(f"{self.bench.name}: {self.bench.cannot[ability]}")

    def wanted(self, **more: Any) -> CheckoutWanted:
        """What a new order asks the provider to collect."""
        fresh = CheckoutWanted(
            reference=ids.show("rch", ids.make()),
            price=self.bench.price,
            description="350 coins",
            method=self.bench.method,
            return_url="http://shop.example/orders/1",
            expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1),
            attempts_max=5,
            country="US",
            product=self.bench.product,
        )
        return replace(fresh, **more)

    async def order(self, **more: Any) -> Order:
        """A new order with its page."""
        unstarted = Order(self.wanted(**more))
        answer = await self.provider.start_checkout(unstarted.wanted, key=unstarted.key)
        assert isinstance(answer, CheckoutStarted), answer
        return replace(unstarted, started=answer)

    async def after(self, *acts: Act, **more: Any) -> Order:
        """A new order to which all this happened."""
        self.needs(*acts)
        for act in acts:
            more = self.bench.wants(act) | more
        order = await self.order(**more)
        for act in acts:
            await self.bench.act(order, act)
        return order

    async def told(self, order: Order) -> tuple[Outcome, ...]:
        """What asking says; by both ids and by ours alone it is the same."""
        theirs = order.checkout
        if isinstance(self.bench, SellsItself):
            theirs = self.bench.purchase(order)
        both = await self.provider.query(reference=order.reference, checkout=theirs)
        if Can.FIND not in self.bench.cannot:
            assert await self.provider.query(reference=order.reference) == both
        assert not any(isinstance(one, Unknown) for one in both), both
        return both

    def unreachable(self) -> Provider:
        """An adapter whose provider is gone; the fixture closes it."""
        self._closing.append(self.bench.unreachable())
        return self._closing[-1]

    async def close(self) -> None:
        for provider in self._closing:
            await provider.close()
