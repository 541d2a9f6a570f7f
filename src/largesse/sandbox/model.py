"""A checkout's life as the provider sees it: pure rules, no clock and no storage."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from largesse.sandbox.cards import Behaviour


class Status(StrEnum):
    """Where a checkout stands; `paid` and `closed` are final, `declined` means no attempt is left."""

    OPEN = "open"
    ACTION_REQUIRED = "action_required"
    PROCESSING = "processing"
    PAID = "paid"
    DECLINED = "declined"
    CLOSED = "closed"


class RefundFate(StrEnum):
    """What becomes of a refund: done at once, done later, failed later, or done and then returned."""

    DONE = "done"
    PENDING = "pending"
    FAILS = "fails"
    RETURNED = "returned"


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How this checkout's notices go wrong.

    The two `wrong_*` faults are about the payment and not about the notice: the
    payer really paid something else, so asking the provider says the same. `refund`
    says what becomes of refunds.
    """

    lose: bool = False
    delay_seconds: int = 0
    double: bool = False
    reorder: bool = False
    corrupt: bool = False
    wrong_amount: bool = False
    wrong_currency: bool = False
    refund: RefundFate = RefundFate.DONE


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """The payer's bank has taken the payment back: `opened`, `won` by the merchant, or `lost`."""

    id: str
    stage: str
    fee: int = 0


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a payment after it was made: a `refund` (by its key), or a dispute's stage."""

    what: str
    name: str
    amount: int


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A way to pay that is kept for a customer. `expires` is a day, where it is a card's."""

    token: str
    customer: str
    kind: str
    label: str
    expires: str | None = None


class Method(msgspec.Struct, frozen=True, kw_only=True):
    """A kept way to pay as the provider itself knows it: how it behaves, and whether it is gone."""

    saved: Saved
    behaviour: Behaviour
    last4: str
    faults: Faults = Faults()
    is_forgotten: bool = False


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """One payment that a merchant asked for. Amounts are in minor units, times in epoch seconds.

    A charge of a kept method is one too, without a page: `is_charge`.
    """

    id: str
    reference: str
    status: Status
    amount: int
    currency: str
    method: str
    description: str
    return_url: str
    created_at: int
    expires_at: int
    attempts_max: int
    attempts: int = 0
    decline: str | None = None
    paid_amount: int | None = None
    paid_currency: str | None = None
    behaviour: Behaviour | None = None
    last4: str | None = None
    refunded: int = 0
    refunds_failed: tuple[str, ...] = ()
    dispute: str | None = None
    disputes: tuple[Dispute, ...] = ()
    history: tuple[Happening, ...] = ()
    faults: Faults = Faults()
    metadata: dict[str, str] = {}
    customer: str = ""
    save: bool = False
    expires: str | None = None
    saved: Saved | None = None
    is_charge: bool = False


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back to the payer: `pending`, `succeeded` or `failed`."""

    id: str
    checkout: str
    amount: int
    status: str
    key: str = ""


class Fact(msgspec.Struct, frozen=True):
    """Something that happened to a checkout and that the merchant will be told."""

    kind: str
    facts: dict[str, Any] = {}


class NotPayable(Exception):
    """This checkout cannot be paid any more, or not by this step."""


OUTCOMES = ("pay", "decline", "insufficient_funds", "complete", "fail", "processing")


def attempt(
    checkout: Checkout, *, behaviour: Behaviour, last4: str, outcome: str | None, now: int
) -> tuple[Checkout, Fact]:
    """One press of the pay button: what becomes of the checkout, and what the merchant hears.

    Raises `NotPayable` when it is paid, closed, expired or out of attempts.
    """
    is_open = checkout.status in (Status.OPEN, Status.ACTION_REQUIRED)
    if not is_open or checkout.is_charge or now >= checkout.expires_at:
        raise NotPayable
    tried = msgspec.structs.replace(
        checkout, attempts=checkout.attempts + 1, behaviour=behaviour, last4=last4, decline=None
    )
    match outcome, behaviour:
        case ("decline", _) | (None, Behaviour.DECLINED):
            return _declined(tried, "card_declined")
        case ("insufficient_funds", _) | (None, Behaviour.INSUFFICIENT_FUNDS):
            return _declined(tried, "insufficient_funds")
        case ("processing", _):
            return msgspec.structs.replace(tried, status=Status.PROCESSING), Fact(
                "checkout.processing"
            )
        case ("fail", _):
            return _declined(tried, "authentication_failed")
        case (None, Behaviour.AUTHENTICATION | Behaviour.ALWAYS_AUTHENTICATION):
            return msgspec.structs.replace(tried, status=Status.ACTION_REQUIRED), Fact(
                "checkout.action_required", {"action": "3d_secure"}
            )
        case _:
            return paid(tried)


def charge(checkout: Checkout, method: Method | None) -> tuple[Checkout, Fact]:
    """Collect from a kept method while nobody is there to ask; None is one that is not kept."""
    tried = msgspec.structs.replace(
        checkout,
        attempts=checkout.attempts + 1,
        behaviour=None if method is None else method.behaviour,
        last4=None if method is None else method.last4,
    )
    if method is None:
        return _declined(tried, "method_unavailable")
    match method.behaviour:
        case Behaviour.LATER_DECLINED:
            return _declined(tried, "card_declined")
        case Behaviour.ALWAYS_AUTHENTICATION:
            return msgspec.structs.replace(tried, status=Status.ACTION_REQUIRED), Fact(
                "checkout.action_required", {"action": "3d_secure"}
            )
        case _:
            return paid(tried)


def authenticate(checkout: Checkout, *, is_complete: bool) -> tuple[Checkout, Fact]:
    """The payer came back from the bank's own page; late is allowed, twice is not."""
    if checkout.status is not Status.ACTION_REQUIRED or checkout.is_charge:
        raise NotPayable
    return paid(checkout) if is_complete else _declined(checkout, "authentication_failed")


def settle(checkout: Checkout, *, is_paid: bool) -> tuple[Checkout, Fact]:
    """A slow payment reached its end."""
    if checkout.status is not Status.PROCESSING:
        raise NotPayable
    return paid(checkout) if is_paid else _declined(checkout, "card_declined")


def close(checkout: Checkout) -> tuple[Checkout, Fact]:
    """No attempt is possible from now on; one that already runs may still succeed."""
    if checkout.status is not Status.OPEN:
        raise NotPayable
    return msgspec.structs.replace(checkout, status=Status.CLOSED), Fact("checkout.closed")


def paid(checkout: Checkout) -> tuple[Checkout, Fact]:
    """The money is there: the amount asked for, unless a fault says otherwise."""
    amount = checkout.amount + 1 if checkout.faults.wrong_amount else checkout.amount
    currency = checkout.currency
    if checkout.faults.wrong_currency:
        currency = "EUR" if currency != "EUR" else "USD"
    after = msgspec.structs.replace(
        checkout, status=Status.PAID, paid_amount=amount, paid_currency=currency, decline=None
    )
    return after, Fact("checkout.paid")


def _declined(checkout: Checkout, reason: str) -> tuple[Checkout, Fact]:
    # Nobody can try again on a charge: it has no page.
    is_last = checkout.is_charge or checkout.attempts >= checkout.attempts_max
    status = Status.DECLINED if is_last else Status.OPEN
    after = msgspec.structs.replace(checkout, status=status, decline=reason)
    return after, Fact("checkout.declined", {"reason": reason, "is_last": is_last})
