"""WeChat Pay on the bench: its API behind real HTTP, and signatures by keys made here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from largesse.kernel.money import Money
from largesse.payments import Provider
from largesse.payments.wechat.adapter import WeChat
from tests.payments.contract.bench import Act, Bench, Can, Delivery, Order, Signer
from tests.sandbox.provider import free_port
from tests.standins.alipay import new_key
from tests.standins.wechat import FakeWeChat, fake_wechat

_IN_ITS_APP = "it tells nothing of tries in its own app"
_NO_BANK = "its payers complain to WeChat Pay, and no bank takes a payment back"
CANNOT: Mapping[Act | Can, str] = {
    Can.SAVE: "we keep no WeChat accounts",
    Can.ROTATE: "its key has one id, and another id is another key",
    Can.SUM: "asking does not tell how much was given back; refunds and their notices do",
    Act.PAY_SLOWLY: "a payer pays at once or not at all",
    Act.DECLINE: _IN_ITS_APP,
    Act.DECLINE_POOR: _IN_ITS_APP,
    Act.ASK: _IN_ITS_APP,
    Act.FAIL_STEP: _IN_ITS_APP,
    Act.DISPUTE: _NO_BANK,
    Act.WIN: _NO_BANK,
    Act.LOSE: _NO_BANK,
    Act.GIVE_BACK: "asking does not tell how much was given back; refunds and their notices do",
    Act.RETURN_FAILS: "asking about the payment does not tell; asking again for the refund does",
}


@dataclass
class WeChatBench:
    """Our adapter, and WeChat Pay's side in a test's hands."""

    provider: Provider
    fake: FakeWeChat
    stranger: rsa.RSAPrivateKey
    name: str = "wechat"
    method: str = "wechat_pay"
    price: Money = field(default_factory=lambda: Money(3801, "CNY"))
    product: str = ""
    cannot: Mapping[Act | Can, str] = field(default_factory=lambda: CANNOT)
    _sent: dict[str, list[Delivery]] = field(default_factory=dict)

    def wants(self, act: Act) -> dict[str, Any]:
        return {}

    def unreachable(self) -> Provider:
        return WeChat(replace(self.fake.account, url=f"http://127.0.0.1:{free_port()}"))

    async def act(self, order: Order, act: Act) -> None:
        match act:
            case Act.PAY:
                self.fake.pay(order.reference)
            case Act.ABANDON:
                self.fake.run_out(order.reference)
            case _:
                raise AssertionError(act)
        body = self.fake.notice("TRANSACTION.SUCCESS", self.fake.transaction(order.reference))
        notice = Delivery(self.fake.headers(body, at=datetime.now(UTC)), body)
        self._sent.setdefault(order.reference, []).append(notice)

    async def delivered(self, order: Order, count: int) -> list[Delivery]:
        sent = self._sent[order.reference][:count]
        assert len(sent) == count
        return sent

    def sign(self, body: bytes, *, at: datetime, signer: Signer) -> dict[str, str]:
        key = self.fake.key if signer is Signer.PROVIDER else self.stranger
        return self.fake.headers(body, at=at, key=key)

    async def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        self.fake.stumbles.set(calls=calls, seconds=seconds, after=after)

    async def checkouts(self, order: Order) -> int:
        return int(order.reference in self.fake.orders)

    async def given_back(self, order: Order) -> int:
        return self.fake.returned(order.reference)


@asynccontextmanager
async def open_wechat() -> AsyncIterator[Bench]:
    """WeChat Pay's stand-in, for as long as the block lasts."""
    with fake_wechat() as fake:
        adapter = WeChat(fake.account)
        try:
            yield WeChatBench(adapter, fake, new_key())
        finally:
            await adapter.close()
