"""What people do in a journey, each story one call over the public interface."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import websockets

from tests.journeys.house import House
from tests.realtime.client import Client

DEMO_PASSWORD = "open sesame largesse"
GOOD_CARD = "4242424242424242"
CREDIT_SECONDS_MAX = 40

_numbers = itertools.count(1)


def fresh_key(story: str = "tap") -> str:
    """A key that nobody used before."""
    return f"{story}-{secrets.token_hex(8)}"


@dataclass(slots=True)
class Someone:
    """A signed-in person of a house, with what they may do."""

    house: House
    token: str
    account: dict[str, Any]
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.token}"}

    @property
    def id(self) -> str:
        """Their account's id."""
        return str(self.account["id"])

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """Read something as this person."""
        return await self.house.http.get(path, headers=self.headers, params=params)

    async def post(self, path: str, body: object = None, *, key: str = "") -> httpx.Response:
        """Do something as this person."""
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return await self.house.http.post(path, json=body, headers=headers)

    async def wallet(self) -> dict[str, Any]:
        """Their wallet."""
        answer: dict[str, Any] = (await self.get("/v1/wallet")).json()
        return answer

    async def coins(self) -> int:
        """What they can spend."""
        return int((await self.wallet())["coins"])

    async def entries(self) -> list[dict[str, Any]]:
        """Their newest history, newest first."""
        answer: list[dict[str, Any]] = (await self.get("/v1/wallet/entries", limit=100)).json()[
            "data"
        ]
        return answer

    async def send_gift(
        self, gift: str, *, room: str, count: int = 1, key: str = ""
    ) -> httpx.Response:
        """Send a gift over HTTP."""
        body = {"gift": gift, "count": count}
        return await self.post(f"/v1/rooms/{room}/gifts", body, key=key or fresh_key())

    async def review(self, **wish: Any) -> dict[str, Any]:
        """Ask for a quote: `pack_id` or `coins`, by card unless said otherwise."""
        answer = await self.post(
            "/v1/recharges", {"method": "card"} | wish, key=fresh_key("review")
        )
        assert answer.status_code == 201, answer.text
        order: dict[str, Any] = answer.json()
        return order

    async def confirm(self, order: dict[str, Any]) -> dict[str, Any]:
        """Agree to it; the answer carries the provider's page."""
        path = f"/v1/recharges/{order['id']}/confirm"
        answer = await self.post(path, key=fresh_key("confirm"))
        assert answer.status_code == 200, answer.text
        confirmed: dict[str, Any] = answer.json()
        assert confirmed["status"] == "awaiting_payment"
        return confirmed

    async def order(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as it stands."""
        answer: dict[str, Any] = (await self.get(f"/v1/recharges/{order['id']}")).json()
        return answer

    async def order_becomes(
        self, order: dict[str, Any], *, status: str = "credited"
    ) -> dict[str, Any]:
        """Only look, again and again, until the order is what the story waits for."""
        return await self._order_until(order, lambda seen: seen["status"] == status)

    async def order_tells(self, order: dict[str, Any], what: str) -> dict[str, Any]:
        """Look until the order's timeline tells of something."""
        return await self._order_until(
            order, lambda seen: any(line["what"] == what for line in seen["timeline"])
        )

    async def _order_until(
        self, order: dict[str, Any], is_there: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        for _ in range(CREDIT_SECONDS_MAX * 10):
            seen = await self.order(order)
            if is_there(seen):
                return seen
            await asyncio.sleep(0.1)
        raise AssertionError(f"still {seen['status']}: {seen['timeline']}")

    async def recharge(self, **wish: Any) -> dict[str, Any]:
        """The whole way: review, confirm, pay with a good card, and have the coins."""
        order = await self.confirm(await self.review(**wish or {"coins": 350}))
        await pay(order, card=GOOD_CARD)
        return await self.order_becomes(order)

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[Client]:
        """This person's room socket."""
        async with _connected(self.house, self.headers) as client:
            yield client


async def sign_up(house: House, **about: Any) -> Someone:
    """A new person; an adult from the United States unless told otherwise."""
    handle = f"someone{next(_numbers)}.{secrets.token_hex(3)}"
    body = {
        "handle": handle,
        "email": f"{handle}@example.org",
        "password": secrets.token_urlsafe(18),
        "birth_date": "1990-04-01",
        "country": "US",
        **about,
    }
    answer = await house.http.post("/v1/accounts", json=body)
    assert answer.status_code == 201, answer.text
    return Someone(house, answer.json()["token"], answer.json()["account"])


async def sign_in(house: House, login: str, password: str = DEMO_PASSWORD) -> Someone:
    """Somebody of the demo."""
    answer = await house.http.post("/v1/sessions", json={"login": login, "password": password})
    assert answer.status_code == 201, answer.text
    return Someone(house, answer.json()["token"], answer.json()["account"])


async def room_of(house: House, handle: str) -> str:
    """The live room of a creator."""
    rooms = (await house.http.get("/v1/rooms")).json()["data"]
    return next(str(room["id"]) for room in rooms if room["creator"]["handle"] == handle)


@asynccontextmanager
async def guest_socket(house: House) -> AsyncIterator[Client]:
    """The room socket of somebody without an account."""
    async with _connected(house, {}) as client:
        yield client


@asynccontextmanager
async def _connected(house: House, headers: dict[str, str]) -> AsyncIterator[Client]:
    address = (await house.http.get("/v1/realtime", headers=headers)).json()
    async with websockets.connect(address["url"], compression=None, proxy=None) as socket:
        client = Client(socket)
        reply = await client.ask({"connect": {"token": address["token"]}})
        assert "connect" in reply, reply
        yield client


async def pay(order: dict[str, Any], *, card: str, outcome: str | None = None) -> dict[str, Any]:
    """Pay at the provider's own page, as its form would."""
    async with httpx.AsyncClient(timeout=30) as outside:
        body = {"card": card} | ({"outcome": outcome} if outcome else {})
        answer = await outside.post(order["checkout_url"], json=body)
    assert answer.status_code == 200, answer.text
    paid: dict[str, Any] = answer.json()
    return paid


async def tell_provider(order: dict[str, Any], door: str, **body: Any) -> httpx.Response:
    """Press a button of the provider's page, or tell it how to lie."""
    async with httpx.AsyncClient(timeout=30) as outside:
        return await outside.post(f"{order['checkout_url']}/{door}", json=body)
