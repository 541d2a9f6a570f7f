"""Google Play on the bench: purchases of an app, and the pushes that speak of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from largesse.kernel.money import Money
from largesse.payments import Provider
from largesse.payments.account_token import account_token
from largesse.payments.google.adapter import Google
from tests.payments.contract.bench import Act, Bench, Can, Delivery, Order, Signer
from tests.sandbox.provider import free_port
from tests.standins.google import PlayStore, new_key, play_store

BOUGHT = "oneTimeProductNotification"
CANNOT: Mapping[Act | Can, str] = {
    Can.PAGE: "an app buys, there is no page",
    Can.CLOSE: "an app buys, there is no page",
    Can.REFUND: "only the store gives its buyers' money back",
    Can.REFUND_PART: "only the store gives its buyers' money back",
    Can.SAVE: "the store keeps its buyers' ways to pay to itself",
    Can.ROTATE: "its keys are public and change by themselves",
    Can.STUMBLE: "it is asked by the purchase: its own tests stumble",
    Can.FIND: "it sells to its own buyers and does not know our orders",
    Act.DECLINE: "the store tells of no purchase that was not made",
    Act.DECLINE_POOR: "the store tells of no purchase that was not made",
    Act.ASK: "the store tells of no purchase that was not made",
    Act.FAIL_STEP: "the store tells of no purchase that was not made",
    Act.ABANDON: "the store tells of no purchase that was not made",
    Act.PAY_UNRETURNABLE: "only the store gives its buyers' money back",
    Act.RETURN_FAILS: "only the store gives its buyers' money back",
    Can.AGE: "a push brings a token that is good for an hour",
    Can.HEADERS: "a push proves who sends it, and is read again: test_google.py forges it",
    Act.DISPUTE: "Google tells of a chargeback when the money has gone",
    Act.WIN: "Google tells of a chargeback when the money has gone",
    Act.LOSE: "Google tells of a chargeback when the money has gone",
}
STRANGER = new_key()


@dataclass
class GoogleBench:
    """A Google Play, and what was bought there for which order."""

    provider: Provider
    store: PlayStore
    name: str = "google"
    method: str = "google_play"
    price: Money = field(default_factory=lambda: Money(499, "USD"))
    product: str = "coins_350"
    cannot: Mapping[Act | Can, str] = field(default_factory=lambda: CANNOT)
    purchases: dict[str, str] = field(default_factory=dict)
    deliveries: dict[str, list[Delivery]] = field(default_factory=dict)

    def unreachable(self) -> Provider:
        return Google(replace(self.store.account(), api_url=f"http://127.0.0.1:{free_port()}"))

    def wants(self, act: Act) -> dict[str, Any]:
        return {}

    async def act(self, order: Order, act: Act) -> None:
        kind = BOUGHT
        match act:
            case Act.PAY | Act.PAY_SLOWLY:
                self.purchases[order.reference] = self.store.sell(
                    order.wanted.product,
                    account_token(order.reference),
                    price=order.wanted.price.amount * 10,
                    state="PURCHASED" if act is Act.PAY else "PENDING",
                )
            case Act.CLEAR:
                self.store.clear(self.purchase(order))
            case Act.BOUNCE:
                self.store.bounce(self.purchase(order))
            case Act.GIVE_BACK:
                self.store.void(self.purchase(order))
                kind = "voidedPurchaseNotification"
            case _:
                raise AssertionError(f"declared to be beyond it: {act}")
        body = self.store.push(kind, self.purchase(order))
        headers = self.sign(body, at=datetime.now(UTC), signer=Signer.PROVIDER)
        self.deliveries.setdefault(order.reference, []).append(Delivery(headers, body))

    def purchase(self, order: Order) -> str:
        return self.purchases[order.reference]

    async def delivered(self, order: Order, count: int) -> list[Delivery]:
        return self.deliveries[order.reference][:count]

    def sign(self, body: bytes, *, at: datetime, signer: Signer) -> dict[str, str]:
        key = STRANGER if signer is Signer.STRANGER else self.store.push_key
        return self.store.headers(key=key, at=int(at.timestamp()))

    async def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        raise AssertionError("declared to be beyond it")

    async def checkouts(self, order: Order) -> int:
        return 0

    async def given_back(self, order: Order) -> int:
        raise AssertionError("declared to be beyond it")


@asynccontextmanager
async def open_google() -> AsyncIterator[Bench]:
    """A Google Play, for as long as the block lasts."""
    with play_store() as store:
        adapter = Google(store.account())
        yield GoogleBench(adapter, store)
        await adapter.close()
