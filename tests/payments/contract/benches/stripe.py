"""Stripe on the bench: the official library against our stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from largesse.kernel.money import Money
from largesse.payments import Provider
from largesse.payments.stripe import signature as stripe_signature
from largesse.payments.stripe.adapter import Stripe
from largesse.payments.stripe.api import StripeAccount
from tests.payments.contract.bench import Act, Bench, Can, Delivery, Order, Signer
from tests.sandbox.provider import free_port
from tests.standins.stripe import FakeStripe, open_stripe

SECRETS = {Signer.PROVIDER: "whsec_now", Signer.NEXT: "whsec_next", Signer.STRANGER: "whsec_not"}
OURS = (SECRETS[Signer.PROVIDER], SECRETS[Signer.NEXT])
TIMEOUT_SECONDS = 3
CARDS = {
    Act.PAY: "4242424242424242",
    Act.DECLINE: "4000000000000002",
    Act.DECLINE_POOR: "4000000000009995",
    Act.ASK: "4000002500003155",
    Act.PAY_UNRETURNABLE: "4000000000005126",
}


@dataclass
class StripeBench:
    """The adapter, and the stand-in in the hands of a test."""

    provider: Provider
    stripe: FakeStripe
    name: str = "stripe"
    method: str = "card"
    price: Money = field(default_factory=lambda: Money(499, "USD"))
    product: str = ""

    @property
    def cannot(self) -> Mapping[Act | Can, str]:
        return {}

    def wants(self, act: Act) -> dict[str, Any]:
        if act is Act.PAY_SLOWLY:
            return {"method": "sepa_debit", "price": Money(549, "EUR")}
        return {}

    def unreachable(self) -> Provider:
        return Stripe(account(f"http://127.0.0.1:{free_port()}"))

    async def act(self, order: Order, act: Act) -> None:
        stripe, reference = self.stripe, order.reference
        match act:
            case Act.PAY_SLOWLY:
                stripe.pay(reference)
            case Act.CLEAR | Act.BOUNCE:
                stripe.pay(reference, step="bank", ends="yes" if act is Act.CLEAR else "no")
            case Act.FAIL_STEP:
                stripe.pay(reference, CARDS[Act.ASK])
                stripe.pay(reference, step="authenticate", ends="no")
            case Act.ABANDON:
                stripe.pass_time(hours=2)
                stripe.pass_time(hours=-2)
            case Act.DISPUTE:
                stripe.dispute(reference)
            case Act.WIN | Act.LOSE:
                stripe.decide(reference, is_won=act is Act.WIN)
            case Act.RETURN_FAILS:
                stripe.finish_refunds(reference)
            case Act.GIVE_BACK:
                stripe.give_back(reference)
            case _:
                stripe.pay(reference, CARDS[act])

    async def delivered(self, order: Order, count: int) -> list[Delivery]:
        """One a matter: the page's completion, and what came behind it."""
        kinds = ("checkout.session.completed", "charge.refunded")
        sent = [one for one in self.stripe.sent(order.reference) if one.event["type"] in kinds]
        assert len(sent) >= count
        return [Delivery(one.headers, one.body) for one in sent[:count]]

    def sign(self, body: bytes, *, at: datetime, signer: Signer) -> dict[str, str]:
        return stripe_signature.sign(body, secrets=(SECRETS[signer],), at=at)

    async def stumble(self, *, calls: int, seconds: int = 0, after: int = 0) -> None:
        self.stripe.faults.stumble(calls=calls, seconds=seconds, after=after)

    async def checkouts(self, order: Order) -> int:
        return len(self.stripe.sessions(order.reference))

    async def given_back(self, order: Order) -> int:
        intent = self.stripe.intent(order.reference)
        charge = self.stripe.books.get("charge", intent["latest_charge"])
        amount: int = charge["amount_refunded"]
        return amount


def account(url: str) -> StripeAccount:
    """Our account at the stand-in."""
    return StripeAccount(
        key="sk_test_for_tests_only", notice_secrets=OURS, url=url, timeout_seconds=TIMEOUT_SECONDS
    )


@asynccontextmanager
async def open_stripe_bench() -> AsyncIterator[Bench]:
    """The stand-in, for as long as the block lasts."""
    with open_stripe(secrets=(SECRETS[Signer.PROVIDER],)) as stripe:
        adapter = Stripe(account(stripe.url))
        yield StripeBench(adapter, stripe)
        await adapter.close()
