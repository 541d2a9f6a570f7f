"""PayPal on the bench: its stand-in behind real HTTP, and notices with a real certificate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

from largesse.kernel.money import Money
from largesse.payments import Provider
from largesse.payments.paypal.adapter import PayPal
from tests.payments.contract.bench import Act, Bench, Can, Delivery, Order, Signer
from tests.sandbox.provider import free_port
from tests.standins.paypal import FakePayPal, Shape, fake_paypal

CANNOT: Mapping[Act | Can, str] = {
    Can.FIND: "it finds an order by its own id only",
    Can.CLOSE: "it offers no way to close an order",
    Can.SAVE: "we keep no PayPal accounts",
    Can.ROTATE: "it signs by certificate, and rotates by itself",
    Can.AGE: "its tries for three days may repeat the first time; each event counts once",
    Act.DECLINE_POOR: "it does not say why a card was declined",
    Act.ASK: "it asks for a bank's step on its own page and tells us nothing of it",
    Act.FAIL_STEP: "it asks for a bank's step on its own page and tells us nothing of it",
}
OUTCOMES = {Act.WIN: "RESOLVED_SELLER_FAVOUR", Act.LOSE: "RESOLVED_BUYER_FAVOUR"}


@dataclass
class PayPalBench:
    """Our adapter, and PayPal's side in a test's hands."""

    provider: Provider
    fake: FakePayPal
    stranger: FakePayPal
    name: str = "paypal"
    method: str = "paypal"
    price: Money = field(default_factory=lambda: Money(499, "USD"))
    product: str = ""
    cannot: Mapping[Act | Can, str] = field(default_factory=lambda: CANNOT)
    _sent: dict[str, list[Delivery]] = field(default_factory=dict)

    def wants(self, act: Act) -> dict[str, Any]:
        return {}

    def unreachable(self) -> PayPal:
        return PayPal(replace(self.fake.account, url=f"http://127.0.0.1:{free_port()}"))

    async def act(self, order: Order, act: Act) -> None:
        checkout = self._checkout(order)
        match act:
            case Act.PAY | Act.PAY_SLOWLY | Act.DECLINE | Act.PAY_UNRETURNABLE:
                self.fake.next_capture = "PENDING" if act is Act.PAY_SLOWLY else "COMPLETED"
                self.fake.next_issue = "INSTRUMENT_DECLINED" if act is Act.DECLINE else ""
                self.fake.approve(checkout)
                resource = dict(self.fake.orders[checkout])
                # What the notice of the approval does: the order is captured.
                await self.provider.query(reference=order.reference, checkout=checkout)
                self._send(order, "CHECKOUT.ORDER.APPROVED", resource)
            case Act.CLEAR:
                self.fake.finish(checkout, "COMPLETED")
                self._send(order, "PAYMENT.CAPTURE.COMPLETED", self.fake.captured(checkout))
            case Act.BOUNCE:
                self.fake.finish(checkout, "DENIED")
                self._send(order, "PAYMENT.CAPTURE.DENIED", self.fake.captured(checkout))
            case Act.ABANDON:
                self.fake.void(checkout)
                self._send(order, "CHECKOUT.ORDER.VOIDED", self.fake.orders[checkout])
            case Act.DISPUTE | Act.WIN | Act.LOSE:
                dispute = self.fake.dispute(checkout, outcome=OUTCOMES.get(act, ""))
                kind = "CREATED" if act is Act.DISPUTE else "RESOLVED"
                self._send(order, f"CUSTOMER.DISPUTE.{kind}", dispute)
            case Act.GIVE_BACK:
                value = self.fake.captured(checkout)["amount"]["value"]
                refund = self.fake.refund_by_hand(checkout, value)
                self._send(order, "PAYMENT.CAPTURE.REFUNDED", refund)
            case Act.RETURN_FAILS:
                self.fake.fail_refund(checkout)
            case _:
                raise AssertionError(act)

    async def delivered(self, order: Order, count: int) -> list[Delivery]:
        sent = self._sent[order.reference][:count]
        assert len(sent) == count
        return sent

    def sign(self, body: bytes, *, at: datetime, signer: Signer) -> dict[str, str]:
        fake = self.fake if signer is Signer.PROVIDER else self.stranger
        address = f"{self.fake.url}/v1/notifications/certs/CERT-1"
        return fake.headers(body, at=at, address=address)

    async def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        self.fake.stumbles.set(calls=calls, seconds=seconds, after=after)

    async def checkouts(self, order: Order) -> int:
        return len(self._found(order))

    async def given_back(self, order: Order) -> int:
        payments = self.fake.orders[self._checkout(order)]["purchase_units"][0]["payments"]
        return sum(
            int(one["amount"]["value"].replace(".", ""))
            for one in payments.get("refunds", [])
            if one["status"] in ("COMPLETED", "PENDING")
        )

    def _send(self, order: Order, kind: str, resource: Shape) -> None:
        body = self.fake.event(kind, resource)
        headers = self.fake.headers(body, at=datetime.now(UTC))
        self._sent.setdefault(order.reference, []).append(Delivery(headers, body))

    def _found(self, order: Order) -> list[str]:
        return [
            name
            for name, one in self.fake.orders.items()
            if one["purchase_units"][0]["custom_id"] == order.reference
        ]

    def _checkout(self, order: Order) -> str:
        (found,) = self._found(order)
        return found


@asynccontextmanager
async def open_paypal() -> AsyncIterator[Bench]:
    """PayPal's stand-in, for as long as the block lasts."""
    with fake_paypal() as fake:
        adapter = PayPal(fake.account, trust=fake.trust)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        try:
            yield PayPalBench(adapter, fake, FakePayPal(url=fake.url, key=key))
        finally:
            await adapter.close()
