"""The App Store on the bench: purchases of an app, signed as Apple signs them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from largesse.kernel.money import Money
from largesse.payments import Provider
from largesse.payments.account_token import account_token
from largesse.payments.apple.adapter import Apple
from tests.payments.contract.bench import Act, Bench, Can, Delivery, Order, Signer
from tests.sandbox.provider import free_port
from tests.standins.apple import AppStore, app_store

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
    Can.AGE: "Apple delivers again for three days, so an old notice is no sign of anything",
    Can.HEADERS: "Apple signs what it says inside the body: test_apple.py forges it",
    Act.PAY_SLOWLY: "a purchase that somebody still has to allow is none yet",
    Act.CLEAR: "a purchase that somebody still has to allow is none yet",
    Act.BOUNCE: "a purchase that somebody still has to allow is none yet",
    Act.DISPUTE: "Apple tells of refunds only, whoever wanted them",
    Act.WIN: "Apple tells of refunds only, whoever wanted them",
    Act.LOSE: "Apple tells of refunds only, whoever wanted them",
}


@dataclass
class AppleBench:
    """An App Store, and what was bought there for which order."""

    provider: Provider
    store: AppStore
    name: str = "apple"
    method: str = "apple_iap"
    price: Money = field(default_factory=lambda: Money(499, "USD"))
    product: str = "coins_350"
    cannot: Mapping[Act | Can, str] = field(default_factory=lambda: CANNOT)
    purchases: dict[str, str] = field(default_factory=dict)
    deliveries: dict[str, list[Delivery]] = field(default_factory=dict)

    def unreachable(self) -> Provider:
        return Apple(replace(self.store.account(), api_url=f"http://127.0.0.1:{free_port()}"))

    def wants(self, act: Act) -> dict[str, Any]:
        return {}

    async def act(self, order: Order, act: Act) -> None:
        match act:
            case Act.PAY:
                bought = self.store.sell(
                    order.wanted.product,
                    account_token(order.reference),
                    price=order.wanted.price.amount * 10,
                )
                self.purchases[order.reference] = bought
                body = self.store.notice("ONE_TIME_CHARGE", bought)
            case Act.GIVE_BACK:
                self.store.refund(self.purchase(order))
                body = self.store.notice("REFUND", self.purchase(order))
            case _:
                raise AssertionError(f"declared to be beyond it: {act}")
        self.deliveries.setdefault(order.reference, []).append(Delivery({}, body))

    def purchase(self, order: Order) -> str:
        return self.purchases[order.reference]

    async def delivered(self, order: Order, count: int) -> list[Delivery]:
        return self.deliveries[order.reference][:count]

    def sign(self, body: bytes, *, at: datetime, signer: Signer) -> dict[str, str]:
        return {}

    async def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        raise AssertionError("declared to be beyond it")

    async def checkouts(self, order: Order) -> int:
        return 0

    async def given_back(self, order: Order) -> int:
        raise AssertionError("declared to be beyond it")


@asynccontextmanager
async def open_apple() -> AsyncIterator[Bench]:
    """An App Store, for as long as the block lasts."""
    with app_store() as store:
        adapter = Apple(store.account())
        yield AppleBench(adapter, store)
        await adapter.close()
