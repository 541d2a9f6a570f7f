"""Alipay on the bench: a gateway behind real HTTP, and signatures by keys made here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from largesse.kernel.money import Money
from largesse.payments import Provider
from largesse.payments.alipay import Alipay
from tests.payments.contract.bench import Act, Bench, Can, Delivery, Order, Signer
from tests.sandbox.provider import free_port
from tests.standins.alipay import FakeAlipay, fake_alipay

_ON_ITS_PAGE = "it tells nothing of tries on its own page"
_NO_BANK = "its payers complain to Alipay, and no bank takes a payment back"
CANNOT: Mapping[Act | Can, str] = {
    Can.PAGE: "its page is an address that we sign: no call opens it and no id names it",
    Can.CLOSE: "what its payer has not opened does not exist yet",
    Can.SAVE: "we keep no Alipay accounts",
    Can.ROTATE: "its key is one",
    Can.HEADERS: "it signs a notice in its body",
    Can.AGE: "it repeats a notice for a day as it first was; each event counts once",
    Can.SUM: "asking does not tell what part was given back; its notices do",
    Act.PAY_SLOWLY: "a payer pays at once or not at all",
    Act.DECLINE: _ON_ITS_PAGE,
    Act.DECLINE_POOR: _ON_ITS_PAGE,
    Act.ASK: _ON_ITS_PAGE,
    Act.FAIL_STEP: _ON_ITS_PAGE,
    Act.DISPUTE: _NO_BANK,
    Act.WIN: _NO_BANK,
    Act.LOSE: _NO_BANK,
    Act.RETURN_FAILS: "what a card cannot take goes to the payer's Alipay balance",
}


@dataclass
class AlipayBench:
    """Our adapter, and Alipay's side in a test's hands."""

    provider: Provider
    fake: FakeAlipay
    name: str = "alipay"
    method: str = "alipay"
    price: Money = field(default_factory=lambda: Money(3801, "CNY"))
    product: str = ""
    cannot: Mapping[Act | Can, str] = field(default_factory=lambda: CANNOT)
    _sent: dict[str, list[Delivery]] = field(default_factory=dict)

    def wants(self, act: Act) -> dict[str, Any]:
        return {}

    def unreachable(self) -> Provider:
        return Alipay(replace(self.fake.account, url=f"http://127.0.0.1:{free_port()}/gateway.do"))

    async def act(self, order: Order, act: Act) -> None:
        assert order.started is not None
        self.fake.open(order.started.url)
        match act:
            case Act.PAY:
                self.fake.pay(order.reference)
            case Act.ABANDON:
                self.fake.run_out(order.reference)
            case Act.GIVE_BACK:
                self.fake.give_back(
                    order.reference, self.fake.trades[order.reference]["total_amount"]
                )
            case _:
                raise AssertionError(act)
        notice = Delivery({}, self.fake.notice(order.reference))
        self._sent.setdefault(order.reference, []).append(notice)

    async def delivered(self, order: Order, count: int) -> list[Delivery]:
        sent = self._sent[order.reference][:count]
        assert len(sent) == count
        return sent

    def sign(self, body: bytes, *, at: datetime, signer: Signer) -> dict[str, str]:
        return {}

    async def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        self.fake.stumbles.set(calls=calls, seconds=seconds, after=after)

    async def checkouts(self, order: Order) -> int:
        return int(order.reference in self.fake.trades)

    async def given_back(self, order: Order) -> int:
        return self.fake.returned(order.reference)


@asynccontextmanager
async def open_alipay() -> AsyncIterator[Bench]:
    """Alipay's stand-in, for as long as the block lasts."""
    with fake_alipay() as fake:
        adapter = Alipay(fake.account)
        try:
            yield AlipayBench(adapter, fake)
        finally:
            await adapter.close()
