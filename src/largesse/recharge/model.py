"""An order's states and everything that may move it: pure rules, time as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.payments import (
    Abandoned,
    Action,
    Declined,
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


class State(StrEnum):
    """Where an order stands."""

    REVIEW = "review"
    AWAITING_PAYMENT = "awaiting_payment"
    PROCESSING = "processing"
    CREDITED = "credited"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    LOST = "lost"


# The only moves there are; docs/providers.md draws them.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.REVIEW: frozenset({State.AWAITING_PAYMENT, State.CANCELLED, State.EXPIRED}),
    State.AWAITING_PAYMENT: frozenset(
        {State.PROCESSING, State.CREDITED, State.DECLINED, State.CANCELLED, State.EXPIRED}
    ),
    State.PROCESSING: frozenset({State.CREDITED, State.DECLINED, State.AWAITING_PAYMENT}),
    State.EXPIRED: frozenset({State.CREDITED}),
    State.CANCELLED: frozenset({State.CREDITED}),
    State.CREDITED: frozenset({State.PARTIALLY_REFUNDED, State.REFUNDED, State.DISPUTED}),
    State.DISPUTED: frozenset({State.CREDITED, State.LOST}),
    State.DECLINED: frozenset(),
    State.PARTIALLY_REFUNDED: frozenset(),
    State.REFUNDED: frozenset(),
    State.LOST: frozenset(),
}

# States in which a payment may still arrive.
OPEN = frozenset({State.AWAITING_PAYMENT, State.PROCESSING, State.EXPIRED, State.CANCELLED})
# States of an order whose coins were credited, whatever became of its money since.
PAID = frozenset(
    {State.CREDITED, State.PARTIALLY_REFUNDED, State.REFUNDED, State.DISPUTED, State.LOST}
)


@dataclass(frozen=True, slots=True)
class Recharge:
    """One order, with everything that its review promised."""

    id: UUID
    account: int
    person: UUID
    state: State
    pack: UUID | None
    country: str
    coins: int
    promo_coins: int
    promo_days: int
    currency: str
    price: int
    tax: int
    total: int
    method: str
    provider: str
    return_url: str
    terms: str
    attempts_done: int
    attempts_seen: int
    dispute: str | None
    checkout: str | None
    checkout_url: str | None
    made_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    next_check_at: datetime | None
    # What an app store sells for it; empty on the web.
    product: str = ""
    # Before an offer or a coupon, when there was one.
    original_price: int | None = None
    discount_name: str = ""
    offer: UUID | None = None
    coupon: UUID | None = None
    tax_name: str = ""
    tax_bps: int = 0
    terms_accepted_at: datetime | None = None
    # What the provider gave back beyond what we asked for, as far as we heard.
    given_back: int = 0

    @property
    def reference(self) -> str:
        """The id under which everybody outside knows this order."""
        return ids.show("rch", self.id)

    @property
    def total_money(self) -> Money:
        """What the provider must collect, neither more nor less."""
        return Money(self.total, self.currency)

    @property
    def discount(self) -> Money | None:
        """What an offer or a coupon took off the list price."""
        if self.original_price is None:
            return None
        return Money(self.original_price - self.price, self.currency)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline."""

    what: str
    facts: dict[str, Any]


class Effect(Enum):
    """What has to happen in the books, or what else is done with a fact.

    `PARK` keeps it for later. `NOT_NOW` drops it until what is open has ended, `LOOK_AGAIN` until
    the provider was asked anew, and with it disputes that opened after it.
    """

    NOTHING = "nothing"
    CREDIT = "credit"
    SUSPENSE = "suspense"
    PARK = "park"
    NOT_NOW = "not_now"
    LOOK_AGAIN = "look_again"
    OPEN_DISPUTE = "open_dispute"
    WIN_DISPUTE = "win_dispute"
    LOSE_DISPUTE = "lose_dispute"
    TAKE_BACK = "take_back"
    FAIL_REFUND = "fail_refund"
    RETURN_REFUND = "return_refund"


@dataclass(frozen=True, slots=True)
class Advance:
    """What an outcome does to an order. `step` is None when it changes nothing at all."""

    recharge: Recharge
    step: Step | None = None
    effect: Effect = Effect.NOTHING
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RechargeRules:
    """The numbers of recharging; defaults of the house."""

    quote_seconds: int = 900
    payment_seconds: int = 3600
    attempts_max: int = 5
    promo_days: int = 180
    late_days: int = 7
    checks_at_once: int = 16
    first_check_seconds: int = 5
    check_seconds_max: int = 3600
    dispute_check_seconds: int = 21_600
    refund_days: int = 14
    refund_check_seconds_max: int = 3600


def advance(recharge: Recharge, outcome: Outcome) -> Advance:
    """Apply one fact about paying. Facts may come late, twice and in any order.

    What came after the payment, refunds and disputes, is in `claims_model`.
    """
    match outcome:
        case Settled():
            return _settled(recharge, outcome)
        case Pending(attempt):
            return _pending(recharge, attempt)
        case RequiresAction(action, attempt):
            return _action(recharge, action, attempt)
        case Declined():
            return _declined(recharge, outcome)
        case Abandoned():
            return _abandoned(recharge)
        case Refunded() | RefundFailed() | Disputed() | Unknown():
            return Advance(recharge)


def move(recharge: Recharge, to: State, what: str, **facts: Any) -> Advance:
    """Take a listed transition; any other is our own mistake."""
    assert to in TRANSITIONS[recharge.state], f"no way from {recharge.state} to {to}"
    return Advance(replace(recharge, state=to), Step(what, facts))


def confirm(recharge: Recharge, *, now: datetime, rules: RechargeRules) -> Advance:
    """The buyer agrees to the quote; from here the provider may be paid."""
    after = move(recharge, State.AWAITING_PAYMENT, "confirmed", method=recharge.method)
    timed = replace(
        after.recharge,
        confirmed_at=now,
        terms_accepted_at=now,
        expires_at=now + timedelta(seconds=rules.payment_seconds),
        next_check_at=now + timedelta(seconds=rules.first_check_seconds),
    )
    return replace(after, recharge=timed)


def expire(recharge: Recharge, *, now: datetime) -> Advance:
    """Give up waiting, when it is time. A payment on its way is never given up."""
    waits = recharge.state in (State.REVIEW, State.AWAITING_PAYMENT)
    if not waits or now < recharge.expires_at:
        return Advance(recharge)
    return move(recharge, State.EXPIRED, "expired")


def next_check(recharge: Recharge, *, now: datetime, rules: RechargeRules) -> datetime | None:
    """When to ask the provider again: often at first, then after a quarter of the order's age.

    An order with an open dispute is asked about until it is decided, some times a day, and one
    that a bank works on until the bank has answered, however long that takes. An order that nobody
    paid is asked about for some days after its end, since providers are known to be that late;
    then never again.
    """
    if recharge.state in PAID and recharge.dispute == DisputeStage.OPENED:
        return now + timedelta(seconds=rules.dispute_check_seconds)
    if recharge.state not in OPEN or recharge.confirmed_at is None:
        return None
    is_running = recharge.state is State.PROCESSING
    if not is_running and now > recharge.expires_at + timedelta(days=rules.late_days):
        return None
    age = int((now - recharge.confirmed_at).total_seconds())
    seconds = min(max(age // 4, rules.first_check_seconds), rules.check_seconds_max)
    return now + timedelta(seconds=seconds)


def set_aside(
    recharge: Recharge, paid: Settled | Refunded | RefundFailed | Disputed, reason: str
) -> Advance:
    """Money came or went in a way that the rules cannot answer: a person must look at it."""
    facts = {"reason": reason, "payment": paid.payment}
    return Advance(recharge, Step("set_aside", facts), Effect.SUSPENSE, reason)


def _settled(recharge: Recharge, outcome: Settled) -> Advance:
    if recharge.state not in OPEN | {State.REVIEW, State.DECLINED}:
        return Advance(recharge)
    reason = _mismatch(recharge, outcome)
    if reason is not None:
        return set_aside(recharge, outcome, reason)
    is_late = recharge.state in (State.EXPIRED, State.CANCELLED)
    after = move(recharge, State.CREDITED, "credited", coins=recharge.coins, late=is_late)
    return replace(after, effect=Effect.CREDIT)


def _mismatch(recharge: Recharge, outcome: Settled) -> str | None:
    """Why this money is not what the order asked for; None when it is."""
    if outcome.misfit:
        return outcome.misfit
    if recharge.state not in OPEN:
        return "order_takes_no_payment"
    if outcome.buyer and outcome.buyer != recharge.reference:
        return "buyer_differs"
    if outcome.product and outcome.product != recharge.product:
        return "product_differs"
    if outcome.paid.currency != recharge.currency:
        return "currency_differs"
    if outcome.paid.amount != recharge.total:
        return "amount_differs"
    return None


def _pending(recharge: Recharge, attempt: int) -> Advance:
    if recharge.state is not State.AWAITING_PAYMENT or attempt <= recharge.attempts_done:
        return Advance(recharge)
    return move(_seen(recharge, attempt), State.PROCESSING, "processing", attempt=attempt)


def _action(recharge: Recharge, action: Action, attempt: int) -> Advance:
    is_news = attempt > max(recharge.attempts_seen, recharge.attempts_done)
    if recharge.state is not State.AWAITING_PAYMENT or action is Action.PAY or not is_news:
        return Advance(recharge)
    step = Step("action_required", {"action": str(action), "attempt": attempt})
    return Advance(_seen(recharge, attempt), step)


def _declined(recharge: Recharge, outcome: Declined) -> Advance:
    if recharge.state not in (State.AWAITING_PAYMENT, State.PROCESSING):
        return Advance(recharge)
    if outcome.attempt <= recharge.attempts_done:
        return Advance(recharge)
    facts = {"reason": str(outcome.reason), "attempt": outcome.attempt}
    ended = replace(_seen(recharge, outcome.attempt), attempts_done=outcome.attempt)
    if outcome.is_last:
        return move(ended, State.DECLINED, "declined", **facts)
    if recharge.state is State.PROCESSING:
        return move(ended, State.AWAITING_PAYMENT, "declined", **facts)
    return Advance(ended, Step("declined", facts))


def _abandoned(recharge: Recharge) -> Advance:
    match recharge.state:
        case State.AWAITING_PAYMENT:
            return move(recharge, State.EXPIRED, "abandoned")
        case State.PROCESSING:
            # Whatever ran came to nothing. The order's own time ends it, not this word:
            # from `expired` a payment that was only late is still credited.
            return move(recharge, State.AWAITING_PAYMENT, "abandoned")
        case _:
            return Advance(recharge)


def _seen(recharge: Recharge, attempt: int) -> Recharge:
    return replace(recharge, attempts_seen=max(recharge.attempts_seen, attempt))
