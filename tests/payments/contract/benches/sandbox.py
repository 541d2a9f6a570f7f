"""The sandbox on the bench: the real process, and a shop that hears its notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import msgspec

from largesse.kernel.money import Money
from largesse.payments import Provider, signature
from largesse.payments.sandbox import Sandbox, SandboxAccount
from tests.payments.contract.bench import Act, Bench, Can, Delivery, Order, Signer
from tests.sandbox.provider import KEY, SECRET, free_port, sandbox_process
from tests.sandbox.shop import Shop, open_shop

NEXT_SECRET = "the-secret-that-comes-next"
SECRETS = {Signer.PROVIDER: SECRET, Signer.NEXT: NEXT_SECRET, Signer.STRANGER: "guessed"}
CARD = "4242424242424242"
UNRETURNABLE = "4000000000005126"
STAGES = {Act.DISPUTE: "opened", Act.WIN: "won", Act.LOSE: "lost"}
PAYMENTS = {
    Act.PAY: {"card": CARD},
    Act.PAY_SLOWLY: {"card": CARD, "outcome": "processing"},
    Act.DECLINE: {"card": "4000000000000002"},
    Act.DECLINE_POOR: {"card": "4000000000009995"},
    Act.ASK: {"card": "4000002500003155"},
    Act.FAIL_STEP: {"card": "4000002500003155", "outcome": "fail"},
    Act.PAY_UNRETURNABLE: {"card": UNRETURNABLE},
}


@dataclass
class SandboxBench:
    """The sandbox, a payer in front of it, and a merchant behind it."""

    provider: Provider
    shop: Shop
    payer: httpx.AsyncClient
    name: str = "sandbox"
    method: str = "card"
    price: Money = field(default_factory=lambda: Money(499, "USD"))
    product: str = ""

    @property
    def cannot(self) -> Mapping[Act | Can, str]:
        return {}

    def wants(self, act: Act) -> dict[str, Any]:
        return {}

    def unreachable(self) -> Provider:
        return Sandbox(
            SandboxAccount(url=f"http://127.0.0.1:{free_port()}", key=KEY, notice_secrets=(b"s",))
        )

    async def act(self, order: Order, act: Act) -> None:
        (page,) = await self._found(order)
        match act:
            case Act.CLEAR | Act.BOUNCE:
                await self._post(f"{page['url']}/settle", paid=act is Act.CLEAR)
            case Act.ABANDON:
                await asyncio.to_thread(
                    self.shop.call, "POST", f"/sandbox/api/checkouts/{page['id']}/close"
                )
            case Act.DISPUTE | Act.WIN | Act.LOSE:
                await self._post(f"{page['url']}/dispute", stage=STAGES[act])
            case Act.RETURN_FAILS:
                await self._post(f"{page['url']}/refund/settle", paid=False)
            case Act.GIVE_BACK:
                await self._post(f"{page['url']}/refund", amount=page["paid_amount"])
            case _:
                await self._post(page["url"], **PAYMENTS[act])

    async def delivered(self, order: Order, count: int) -> list[Delivery]:
        (page,) = await self._found(order)
        knocks = await asyncio.to_thread(self.shop.heard, page["id"], count=count)
        return [Delivery(knock.headers, knock.body) for knock in knocks]

    def sign(self, body: bytes, *, at: datetime, signer: Signer) -> dict[str, str]:
        notice_id = msgspec.json.decode(body, type=dict[str, Any]).get("id", "evn_1")
        return signature.sign(
            secret=SECRETS[signer].encode(), notice_id=str(notice_id), at=at, body=body
        )

    async def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        await self._post(f"{self.shop.provider}/sandbox/stumble", calls=calls, seconds=seconds)

    async def checkouts(self, order: Order) -> int:
        return len(await self._found(order))

    async def given_back(self, order: Order) -> int:
        return sum(page["refunded"] for page in await self._found(order))

    async def _found(self, order: Order) -> list[dict[str, Any]]:
        path = f"/sandbox/api/checkouts?reference={order.reference}"
        answer = await asyncio.to_thread(self.shop.call, "GET", path)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    async def _post(self, url: str, **body: Any) -> None:
        answer = await self.payer.post(url, json=body)
        assert answer.status_code == 200, answer.text


@asynccontextmanager
async def open_sandbox() -> AsyncIterator[Bench]:
    """The sandbox in its own process, for as long as the block lasts."""
    with open_shop() as shop, sandbox_process(shop.url, later_seconds=60) as process:
        shop.provider = process.url
        secrets = (SECRET.encode(), NEXT_SECRET.encode())
        adapter = Sandbox(SandboxAccount(url=process.url, key=KEY, notice_secrets=secrets))
        async with httpx.AsyncClient(trust_env=False) as payer:
            yield SandboxBench(adapter, shop, payer)
        await adapter.close()
