"""Stripe in our words. Cards never come near us: the payer is sent to Stripe's own page.

A notice is a proven hint where to look: its facts are read from Stripe's objects as they are
now, so that notices may come late, twice and in any order. What is not certain is `Unknown`.

`checkout` is the page's id (`cs_`), or the payment's (`pi_`) where a kept method paid without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from largesse.kernel.errors import Unavailable
from largesse.kernel.money import Money
from largesse.ledger import Seller
from largesse.payments.fee import kept_of
from largesse.payments.outcome import (
    Declined,
    DeclineReason,
    Disputed,
    Outcome,
    Refunded,
    RefundFailed,
    Unknown,
)
from largesse.payments.provider import (
    ChargeAnswer,
    CheckoutStarted,
    CheckoutWanted,
    Notice,
    NoticeAnswer,
    NoticeRefused,
    RefundAnswer,
)
from largesse.payments.stripe import signature
from largesse.payments.stripe.api import Silent, StripeAccount, StripeApi
from largesse.payments.stripe.facts import Found, facts, of_other_environment, refund_answer
from largesse.payments.stripe.forms import METHODS
from largesse.payments.stripe.shapes import Event


class Stripe:
    """Opens pages, reads what became of them, refunds, and charges kept methods."""

    code = "stripe"
    party = 11
    seller = Seller.HOUSE
    taken = NoticeAnswer()

    def __init__(self, account: StripeAccount) -> None:
        # An empty secret would be a key that anybody can sign with.
        assert account.key
        assert account.notice_secrets
        assert all(account.notice_secrets)
        self._account = account
        self._api = StripeApi(account)

    def fee(self, paid: Money) -> Money:
        return kept_of(paid, bps=self._account.fee_bps, fixed=self._account.fee_fixed)

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        if wanted.method not in METHODS:
            return Unknown("a method that Stripe does not know", answered=True)
        try:
            session = await self._api.open_session(wanted, key=key)
        except Silent as silent:
            return silent.unknown
        if session is None or session.url is None:
            return Unknown("no page came of it", answered=True)
        return CheckoutStarted(checkout=session.id, url=session.url)

    async def query(self, *, reference: str, checkout: str = "") -> tuple[Outcome, ...]:
        try:
            api = self._api
            found = await (api.found(checkout) if checkout else api.searched(reference))
        except Silent as silent:
            return (silent.unknown,)
        if found is None or found.reference != reference:
            return (Unknown("nothing has this reference", answered=True),)
        return self._facts(found)

    async def close_checkout(self, *, checkout: str) -> None:
        try:
            await self._api.close_session(checkout)
        except Silent:
            # It was paid, is closed already, or closes by itself soon after our order's end.
            return

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        try:
            intent = (await self._api.found(checkout)).intent
            if intent is None:
                return Unknown("nothing was paid there", answered=True)
            # Stripe repeats its first answer for a key, and only for a day. The refund itself
            # says how far it is now, and stays.
            for refund in await self._api.refunds(intent.id):
                if refund.key == key:
                    return refund_answer(refund, intent.id)
        except Silent as silent:
            return silent.unknown
        try:
            made = await self._api.refund(intent.id, amount=amount, key=key)
        except Silent as silent:
            if silent.is_refusal:
                return RefundFailed(refund=key, payment=intent.id)
            return silent.unknown
        return refund_answer(made, intent.id)

    async def charge_saved(
        self, wanted: CheckoutWanted, *, token: str, key: str
    ) -> tuple[ChargeAnswer, ...]:
        try:
            found = await self._api.charge(wanted, token=token, key=key)
        except Silent as silent:
            if silent.is_refusal:
                return (Declined(DeclineReason.METHOD_UNAVAILABLE, attempt=1, is_last=True),)
            return (silent.unknown,)
        later = (Refunded, RefundFailed, Disputed)
        return tuple(one for one in self._facts(found) if not isinstance(one, later))

    async def forget_method(self, *, customer: str, token: str) -> bool:
        try:
            method = await self._api.method(token)
            if method.customer not in (None, customer):
                return False
            return method.customer is None or (await self._api.detach(token)).customer is None
        except Silent as silent:
            return silent.is_missing

    async def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        signature.verify(headers, body, secrets=self._account.notice_secrets, now=now)
        try:
            event = msgspec.json.decode(body, type=Event)
        except msgspec.DecodeError as error:
            raise NoticeRefused from error
        if event.livemode != self._account.is_live:
            subject = event.data.object
            outcomes = of_other_environment(event)
            return Notice(event.id, subject.reference, checkout=subject.id, outcomes=outcomes)
        try:
            found = await self._behind(event)
        except Silent as silent:
            raise Unavailable("Stripe cannot be asked right now; nothing was taken.") from silent
        if found is None or not found.reference:
            return Notice(event.id, reference="", checkout="", outcomes=())
        return Notice(event.id, found.reference, found.checkout, self._facts(found))

    def signed(self, body: bytes, *, at: datetime) -> dict[str, str]:
        """Sign like Stripe does; tests use it."""
        return signature.sign(body, secrets=self._account.notice_secrets[:1], at=at)

    async def close(self) -> None:
        await self._api.close()

    async def _behind(self, event: Event) -> Found | None:
        """What the event is about; None when it is about no payment."""
        subject = event.data.object
        match subject.object:
            case "checkout.session":
                return await self._api.found(subject.id)
            case "payment_intent":
                return await self._api.of_payment(subject.id)
            case "charge" | "refund" | "dispute" if subject.payment_intent:
                return await self._api.of_payment(subject.payment_intent)
            case _:
                return None

    def _facts(self, found: Found) -> tuple[Outcome, ...]:
        return facts(found, is_live=self._account.is_live)
