"""Apps of both stores: what a buyer does in them, and what their store then says to us."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from largesse.payments import Provider
from largesse.payments.apple.adapter import Apple
from largesse.payments.google.adapter import Google
from tests.recharge.house import Buyer, House
from tests.standins.apple import AppStore, app_store
from tests.standins.google import PlayStore, play_store

# Headers and body.
Delivery = tuple[dict[str, str], bytes]


class App(Protocol):
    """One app, in the words of the tests."""

    code: str
    method: str
    channel: str

    def adapter(self) -> Provider:
        """Our side of its store."""
        ...

    def buy(self, order: dict[str, Any], **facts: Any) -> str:
        """Buy what an order says; returns the store's id of the purchase."""
        ...

    def proof(self, purchase: str) -> str:
        """What the app can show of it."""
        ...

    def give_back(self, purchase: str) -> None:
        """The store refunds it."""
        ...

    def notice(self, purchase: str, *, at: int = 0, lost: bool = False) -> Delivery:
        """What the store says about it at this time."""
        ...


@dataclass
class AppleApp:
    store: AppStore
    code: str = "apple"
    method: str = "apple_iap"
    channel: str = "ios"

    def adapter(self) -> Provider:
        return Apple(self.store.account())

    def buy(self, order: dict[str, Any], **facts: Any) -> str:
        told = order["store"]
        price = facts.pop("price", order["total"]["amount"] * 10)
        product = facts.pop("product", told["product_id"])
        return self.store.sell(product, told["account_token"], price=price, **facts)

    def proof(self, purchase: str) -> str:
        return self.store.signed(purchase)

    def give_back(self, purchase: str) -> None:
        self.store.refund(purchase)

    def notice(self, purchase: str, *, at: int = 0, lost: bool = False) -> Delivery:
        is_back = "revocationDate" in self.store.transactions[purchase]
        return {}, self.store.notice(
            "REFUND" if is_back else "ONE_TIME_CHARGE", purchase, lost=lost
        )


@dataclass
class GoogleApp:
    store: PlayStore
    code: str = "google"
    method: str = "google_play"
    channel: str = "android"

    def adapter(self) -> Provider:
        return Google(self.store.account())

    def buy(self, order: dict[str, Any], **facts: Any) -> str:
        told = order["store"]
        price = facts.pop("price", order["total"]["amount"] * 10)
        product = facts.pop("product", told["product_id"])
        return self.store.sell(product, told["account_token"], price=price, **facts)

    def proof(self, purchase: str) -> str:
        return purchase

    def give_back(self, purchase: str) -> None:
        self.store.void(purchase)

    def notice(self, purchase: str, *, at: int = 0, lost: bool = False) -> Delivery:
        is_back = self.store.order_of(purchase)["state"] == "REFUNDED"
        kind = "voidedPurchaseNotification" if is_back else "oneTimeProductNotification"
        return self.store.headers(at=at), self.store.push(kind, purchase)


@contextmanager
def _apple() -> Iterator[App]:
    with app_store() as store:
        yield AppleApp(store)


@contextmanager
def _google() -> Iterator[App]:
    with play_store() as store:
        yield GoogleApp(store)


OPENERS: dict[str, Callable[[], Any]] = {"apple": _apple, "google": _google}


@asynccontextmanager
async def app_of(code: str, house: House) -> AsyncIterator[App]:
    """An app whose store this house is switched on for, as long as the block lasts."""
    with ExitStack() as stack:
        app: App = stack.enter_context(OPENERS[code]())
        adapter = app.adapter()
        house.recharging.providers.by_code[code] = adapter
        try:
            yield app
        finally:
            del house.recharging.providers.by_code[code]
            await adapter.close()


async def ordered(buyer: Buyer, app: App, coins: int = 350) -> dict[str, Any]:
    """An order that waits for a purchase in the app."""
    return await buyer.order(coins, method=app.method)


async def prove(buyer: Buyer, order: dict[str, Any], proof: str) -> httpx.Response:
    """Show what the store sold."""
    return await buyer.post(f"/v1/recharges/{order['id']}/proof", proof=proof)


async def told(house: House, app: App, purchase: str, *, lost: bool = False) -> int:
    """Let the store knock; returns our answer's status."""
    at = int(house.clock.now().timestamp())
    headers, body = app.notice(purchase, at=at, lost=lost)
    answer = await house.http.post(f"/v1/notices/{app.code}", content=body, headers=headers)
    return answer.status_code
