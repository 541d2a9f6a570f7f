"""PayPal in our words: Orders v2, approved on its page and captured by us.

PayPal has no way to close an order: one that nobody approved ends by itself within hours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import httpx
import msgspec
from msgspec import Meta

from largesse.kernel.clock import Clock, SystemClock
from largesse.kernel.errors import Unavailable
from largesse.kernel.money import Money
from largesse.ledger import Seller
from largesse.payments import decimals
from largesse.payments.fee import kept_of
from largesse.payments.outcome import Disputed, Outcome, Pending, Refunded, RefundFailed, Unknown
from largesse.payments.paypal import facts
from largesse.payments.paypal.calls import Calls, PayPalAccount, Shape, issue_of, understood
from largesse.payments.paypal.facts import Capture, Dispute, Link, Order, Refund
from largesse.payments.paypal.signature import Signatures, Trust, trust_of
from largesse.payments.provider import (
    CheckoutStarted,
    CheckoutWanted,
    Notice,
    NoticeAnswer,
    NoticeRefused,
    RefundAnswer,
)

NOTICE_BYTES_MAX = 256 * 1024

# What PayPal collects from anybody; BRL, CNY and MYR only inside their countries, and HUF and
# TWD only without the decimals that our books have.
CURRENCIES = frozenset(
    {"AUD", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS", "JPY"}
    | {"MXN", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "USD"}
)

# Refusals of a refund that are final: nothing was given back, nor will be under this key.
_REFUND_ENDED = frozenset(
    {
        "CAPTURE_FULLY_REFUNDED",
        "CANNOT_PROCESS_REFUNDS",
        "MAX_NUMBER_OF_REFUNDS_EXCEEDED",
        "REFUND_AMOUNT_EXCEEDED",
        "REFUND_CAPTURE_CURRENCY_MISMATCH",
        "REFUND_FAILED_INSUFFICIENT_FUNDS",
        "REFUND_NOT_ALLOWED",
        "REFUND_TIME_LIMIT_EXCEEDED",
        "TRANSACTION_DISPUTED",
        "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED",
    }
)
_OURS = re.compile(r"rch_[0-9a-z]{26}")


class _Resource(msgspec.Struct, frozen=True):
    """What a notice speaks of: an order, a capture or a refund."""

    id: str = ""
    links: tuple[Link, ...] = ()
    supplementary_data: facts.Supplement = facts.Supplement()


class _Event(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(min_length=1, max_length=100)]
    event_type: str
    resource: msgspec.Raw


class _Disputes(msgspec.Struct, frozen=True):
    items: tuple[Dispute, ...] = ()


class PayPal:
    """Speaks to PayPal's REST API and reads its notices."""

    code = "paypal"
    party = 12
    seller = Seller.HOUSE
    taken = NoticeAnswer()
    currencies = CURRENCIES

    def __init__(
        self, account: PayPalAccount, *, trust: Trust | None = None, clock: Clock | None = None
    ) -> None:
        self._account = account
        self._calls = Calls(account, clock=clock or SystemClock())
        self._signatures = Signatures(
            webhook_id=account.webhook_id,
            trust=trust or trust_of(account.url),
            client=self._calls.client,
        )

    def fee(self, paid: Money) -> Money:
        return kept_of(paid, bps=self._account.fee_bps, fixed=self._account.fee_fixed)

    async def start_checkout(
        self, wanted: CheckoutWanted, *, key: str
    ) -> CheckoutStarted | Unknown:
        if wanted.price.currency not in CURRENCIES:
            return Unknown(f"PayPal takes no {wanted.price.currency} here", answered=True)
        amount = {
            "currency_code": wanted.price.currency,
            "value": decimals.written(wanted.price),
        }
        unit = {
            "reference_id": wanted.reference,
            "custom_id": wanted.reference,
            # PayPal takes no second payment under one invoice.
            "invoice_id": wanted.reference,
            "description": wanted.description[:127],
            "amount": amount,
        }
        experience = {
            "return_url": wanted.return_url,
            "cancel_url": wanted.return_url,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
            # No cheque that takes a week: coins are wanted now.
            "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
        }
        body = {
            "intent": "CAPTURE",
            "purchase_units": [unit],
            "payment_source": {"paypal": {"experience_context": experience}},
        }
        answer = await self._calls.ask("POST", "/v2/checkout/orders", body=body, key=key)
        order = understood(answer, Order)
        if isinstance(order, Unknown):
            return order
        if not order.page:
            return Unknown("an order without a page", answered=True)
        return CheckoutStarted(checkout=order.id, url=order.page)

    async def query(self, *, reference: str, checkout: str = "") -> tuple[Outcome, ...]:
        """Captures an order that its payer has approved, then tells what became of it.

        Where we never learned PayPal's id, `start_checkout` with its key brings it back for
        six hours, longer than an order of ours waits.
        """
        # By our reference PayPal finds nothing, but says so: a sign of life at least.
        order = await self._order(checkout or reference)
        if isinstance(order, Unknown):
            return (order,)
        return await self._facts(order, of=reference) + await self._disputes(order)

    async def close_checkout(self, *, checkout: str) -> None:
        """Nothing: PayPal offers no such call."""

    async def refund(self, *, checkout: str, amount: Money, key: str) -> RefundAnswer:
        order = await self._order(checkout)
        if isinstance(order, Unknown):
            return order
        if not order.unit.payments.captures:
            return Unknown("nothing was captured", answered=True)
        capture = order.unit.payments.captures[0].id
        # PayPal forgets keys after some weeks, its refunds never.
        for done in order.unit.payments.refunds:
            if done.custom_id == key:
                return _refunded(done, key=key, capture=capture)
        body = {
            "amount": {"currency_code": amount.currency, "value": decimals.written(amount)},
            "custom_id": key,
        }
        path = f"/v2/payments/captures/{capture}/refund"
        answer = await self._calls.ask("POST", path, body=body, key=key)
        if isinstance(answer, httpx.Response) and issue_of(answer) in _REFUND_ENDED:
            return RefundFailed(refund=key, payment=capture)
        made = understood(answer, Refund)
        return made if isinstance(made, Unknown) else _refunded(made, key=key, capture=capture)

    async def read_notice(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Notice:
        """Prove the notice, then ask for the order it speaks of: its present state is what counts.

        So notices may come in any order and again, and an order that its payer has approved is
        captured before anything is written down.
        """
        if len(body) > NOTICE_BYTES_MAX:
            raise NoticeRefused
        await self._signatures.verify(headers, body, now=now)
        try:
            event = msgspec.json.decode(body, type=_Event)
            disputed = None
            if event.event_type.startswith("CUSTOMER.DISPUTE."):
                disputed = msgspec.json.decode(event.resource, type=Dispute)
            resource = msgspec.json.decode(event.resource, type=_Resource)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NoticeRefused from error
        checkout = await self._order_of(event.event_type, resource, disputed)
        if not checkout:
            said = Unknown(f"{event.event_type} about no order of ours", answered=True)
            return Notice(event.id, reference="", checkout="", outcomes=(said,))
        order = _or_again(await self._order(checkout))
        facts = await self._facts(order, of=order.unit.custom_id)
        if order.status == "APPROVED" and _is_ours(order) and isinstance(facts[0], Unknown):
            raise Unavailable
        if disputed is not None:
            facts += _told(order, disputed)
        return Notice(event.id, reference=order.unit.custom_id, checkout=order.id, outcomes=facts)

    async def close(self) -> None:
        await self._calls.client.aclose()

    async def _facts(self, order: Order, *, of: str) -> tuple[Outcome, ...]:
        """An order's facts, once it is captured where that is ours to do."""
        if order.status != "APPROVED" or order.unit.custom_id != of or not _is_ours(order):
            return facts.facts_of(order)
        # An order can be captured once, whatever the key. The time belongs to it because PayPal
        # repeats a refusal under its key, and the payer may have approved another card since.
        answer = await self._calls.ask(
            "POST",
            f"/v2/checkout/orders/{order.id}/capture",
            body={},
            key=f"{order.id}:capture:{order.update_time}",
        )
        if isinstance(answer, httpx.Response) and answer.status_code == 422:
            issue = issue_of(answer)
            if issue != "ORDER_ALREADY_CAPTURED":
                return (facts.refusal(issue),)
            answer = await self._calls.ask("GET", f"/v2/checkout/orders/{order.id}")
        captured = understood(answer, Order)
        return (captured,) if isinstance(captured, Unknown) else facts.facts_of(captured)

    async def _disputes(self, order: Order) -> tuple[Outcome, ...]:
        """What the payer's complaints came to; nothing when our app may not ask about them."""
        found: tuple[Outcome, ...] = ()
        for capture in order.unit.payments.captures:
            query = {"disputed_transaction_id": capture.id}
            listed = understood(
                await self._calls.ask("GET", "/v1/customer/disputes", query=query), _Disputes
            )
            for one in () if isinstance(listed, Unknown) else listed.items:
                path = f"/v1/customer/disputes/{one.dispute_id}"
                whole = understood(await self._calls.ask("GET", path), Dispute)
                story = one if isinstance(whole, Unknown) else whole
                found += facts.disputed(story, payment=capture.id)
        return found

    async def _order(self, checkout: str) -> Order | Unknown:
        if not re.fullmatch("[A-Za-z0-9_-]{1,64}", checkout):
            return Unknown("no id of PayPal's", answered=True)
        return understood(await self._calls.ask("GET", f"/v2/checkout/orders/{checkout}"), Order)

    async def _order_of(self, event: str, resource: _Resource, disputed: Dispute | None) -> str:
        """The order behind a notice; empty when it is about something else."""
        if event.startswith("CHECKOUT.ORDER."):
            return resource.id
        if resource.supplementary_data.related_ids.order_id:
            return resource.supplementary_data.related_ids.order_id
        if disputed is not None:
            payments = [one.seller_transaction_id for one in disputed.disputed_transactions]
        elif event.startswith(("PAYMENT.CAPTURE.", "PAYMENT.REFUND.")):
            # A refund names its capture only as the address above it.
            above = [one.href for one in resource.links if one.rel == "up"]
            named = [re.search("/captures/([A-Za-z0-9-]{1,64})$", href) for href in above]
            payments = [match[1] for match in named if match] or [resource.id]
        else:
            return ""
        if not payments or not re.fullmatch("[A-Za-z0-9-]{1,64}", payments[0]):
            return ""
        answer = await self._calls.ask("GET", f"/v2/payments/captures/{payments[0]}")
        if isinstance(answer, httpx.Response) and answer.status_code == 404:
            return ""
        capture = _or_again(understood(answer, Capture))
        return capture.supplementary_data.related_ids.order_id or ""


def _or_again(found: Shape | Unknown) -> Shape:
    """What was asked for, or the refusal that makes PayPal bring its notice again."""
    if isinstance(found, Unknown):
        raise Unavailable
    return found


def _refunded(refund: Refund, *, key: str, capture: str) -> RefundAnswer:
    match refund.status:
        case "COMPLETED":
            try:
                return Refunded(refund.amount.money, payment=capture)
            except ValueError as error:
                return Unknown(str(error), answered=True)
        case "PENDING":
            return Pending(attempt=1)
        case "FAILED" | "CANCELLED":
            return RefundFailed(refund=key, payment=capture)
        case status:
            return Unknown(f"refund {status}", answered=True)


def _told(order: Order, dispute: Dispute) -> tuple[Disputed, ...]:
    captures = [one.id for one in order.unit.payments.captures]
    return facts.disputed(dispute, payment=captures[0]) if captures else ()


def _is_ours(order: Order) -> bool:
    """An app may serve other shops too, and their orders are not ours to capture."""
    return _OURS.fullmatch(order.unit.custom_id) is not None
