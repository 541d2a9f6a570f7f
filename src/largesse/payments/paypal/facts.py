"""What PayPal's orders, refunds and disputes look like, and what they mean in our words."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from largesse.kernel.money import Money
from largesse.payments import decimals
from largesse.payments.outcome import (
    Abandoned,
    Action,
    Declined,
    DeclineReason,
    Disputed,
    DisputeStage,
    Outcome,
    Pending,
    Refunded,
    RefundFailed,
    RequiresAction,
    Settled,
    Unknown,
)

# PayPal numbers no tries. A refused instrument is our first; what was captured came after it.
TRY_REFUSED = 1
TRY_CAPTURED = 2

_Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}$")]

_PAID = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
_LOST = ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")
# With a payout PayPal pays the buyer itself, and the seller keeps the money.
_WON = ("RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED")


class Amount(msgspec.Struct, frozen=True):
    """Money as PayPal writes it."""

    currency_code: str
    value: str

    @property
    def money(self) -> Money:
        """In minor units; raises `ValueError`."""
        return decimals.read(self.value, self.currency_code)


class Link(msgspec.Struct, frozen=True):
    """Where something else is."""

    rel: str
    href: str


class Breakdown(msgspec.Struct, frozen=True):
    """What PayPal keeps of a capture."""

    paypal_fee: Amount | None = None


class RelatedIds(msgspec.Struct, frozen=True):
    """The order that a capture belongs to."""

    order_id: _Id | None = None


class Supplement(msgspec.Struct, frozen=True):
    """Ids that PayPal adds to a capture."""

    related_ids: RelatedIds = RelatedIds()


class Capture(msgspec.Struct, frozen=True):
    """Money that was collected, or tried to."""

    id: _Id
    status: str
    amount: Amount
    seller_receivable_breakdown: Breakdown | None = None
    supplementary_data: Supplement = Supplement()


class Refund(msgspec.Struct, frozen=True):
    """Money on its way back. `custom_id` is the key that we gave it."""

    id: _Id
    status: str
    amount: Amount
    custom_id: str = ""
    create_time: str = ""


class Payments(msgspec.Struct, frozen=True):
    """What happened to an order's money."""

    captures: tuple[Capture, ...] = ()
    refunds: tuple[Refund, ...] = ()


class Unit(msgspec.Struct, frozen=True):
    """What is paid for. `custom_id` is our order's id."""

    custom_id: str = ""
    payments: Payments = Payments()


class Order(msgspec.Struct, frozen=True):
    """PayPal's order. What it answers to its making has no units yet."""

    id: _Id
    status: str
    purchase_units: tuple[Unit, ...] = ()
    links: tuple[Link, ...] = ()
    update_time: str = ""

    @property
    def unit(self) -> Unit:
        """The only unit that our orders have."""
        return self.purchase_units[0] if self.purchase_units else Unit()

    @property
    def page(self) -> str:
        """Where the payer approves."""
        pages = [one.href for one in self.links if one.rel in ("payer-action", "approve")]
        return pages[0] if pages else ""


class Transaction(msgspec.Struct, frozen=True):
    """A disputed payment."""

    seller_transaction_id: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """How a dispute ended."""

    outcome_code: str = ""


class Dispute(msgspec.Struct, frozen=True):
    """A payer's complaint."""

    dispute_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    status: str = ""
    reason: str = ""
    disputed_transactions: tuple[Transaction, ...] = ()
    dispute_outcome: Verdict = Verdict()


def facts_of(order: Order) -> tuple[Outcome, ...]:
    """All that an order's present state proves, oldest first."""
    unit = order.unit
    try:
        captured = [fact for one in unit.payments.captures for fact in _captured(one, unit)]
    except ValueError as error:
        return (Unknown(str(error), answered=True),)
    if captured:
        return tuple(captured)
    match order.status:
        case "CREATED" | "SAVED" | "PAYER_ACTION_REQUIRED":
            return (RequiresAction(Action.PAY, attempt=1),)
        case "VOIDED":
            return (Abandoned(),)
        case status:
            return (Unknown(f"status {status}", answered=True),)


def refusal(issue: str) -> Outcome:
    """What it means that PayPal would not capture an approved order."""
    match issue:
        case "INSTRUMENT_DECLINED" | "TRANSACTION_REFUSED" | "PAYER_CANNOT_PAY":
            return Declined(DeclineReason.CARD_DECLINED, attempt=TRY_REFUSED, is_last=False)
        case "CARD_EXPIRED":
            return Declined(DeclineReason.CARD_EXPIRED, attempt=TRY_REFUSED, is_last=False)
        case "PAYER_ACTION_REQUIRED":
            return RequiresAction(Action.AUTHENTICATE, attempt=TRY_REFUSED)
        case _:
            return Unknown(f"not captured: {issue}", answered=True)


def disputed(dispute: Dispute, *, payment: str) -> tuple[Disputed, ...]:
    """A dispute's whole story so far."""

    def at(stage: DisputeStage) -> Disputed:
        return Disputed(stage, payment, dispute=dispute.dispute_id, reason=dispute.reason.lower())

    opened = at(DisputeStage.OPENED)
    code = dispute.dispute_outcome.outcome_code
    if code in _LOST:
        return (opened, at(DisputeStage.LOST))
    if code in _WON:
        return (opened, at(DisputeStage.WON))
    return (opened,)


def _captured(capture: Capture, unit: Unit) -> tuple[Outcome, ...]:
    if capture.status == "PENDING":
        return (Pending(attempt=TRY_CAPTURED),)
    if capture.status in ("DECLINED", "DENIED", "FAILED"):
        # An order is captured once, so no other try is left on it.
        return (Declined(DeclineReason.CARD_DECLINED, attempt=TRY_CAPTURED, is_last=True),)
    if capture.status not in _PAID:
        return (Unknown(f"capture {capture.status}", answered=True),)
    kept = capture.seller_receivable_breakdown
    fee = None if kept is None or kept.paypal_fee is None else kept.paypal_fee.money
    paid = capture.amount.money
    if fee is not None and (fee.currency != paid.currency or fee.amount > paid.amount):
        # Taken in another currency, or from other money of ours: not this payment's own.
        fee = None
    facts: list[Outcome] = [
        Settled(paid, payment=capture.id, buyer=unit.custom_id, fee=fee),
    ]
    refunds = sorted(unit.payments.refunds, key=lambda one: one.create_time)
    # Failures first: the sums behind them count them no more.
    facts += [
        RefundFailed(one.custom_id or one.id, payment=capture.id)
        for one in refunds
        if one.status in ("FAILED", "CANCELLED")
    ]
    back = 0
    for one in refunds:
        if one.status in ("COMPLETED", "PENDING"):
            back += one.amount.money.amount
            facts.append(Refunded(Money(back, paid.currency), payment=capture.id))
    return tuple(facts)
