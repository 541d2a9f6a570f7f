"""Everything that can become of a payment, in our words and nobody else's.

A provider that knows more is translated down to these; one that says something
new is `Unknown` until somebody teaches its adapter. `attempt` counts the payer's
tries on one checkout from 1, so that a late notice about an old try is seen as old.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from largesse.kernel.money import Money


class DeclineReason(StrEnum):
    """Why a payment was declined, as far as the payer may know: never a fraud reason."""

    CARD_DECLINED = "card_declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    AUTHENTICATION_FAILED = "authentication_failed"
    CARD_EXPIRED = "card_expired"
    WRONG_DETAILS = "wrong_details"
    METHOD_UNAVAILABLE = "method_unavailable"


class Action(StrEnum):
    """What the payer has to do next."""

    PAY = "pay"
    AUTHENTICATE = "authenticate"


class DisputeStage(StrEnum):
    """How far a chargeback has come."""

    OPENED = "opened"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """A way to pay that the provider keeps for its customer; we know only what a person must see.

    `token` charges it again, at this provider and for this customer alone. `label` is such as
    "Visa 4242"; `expires` is the last day of the card's last month.
    """

    # Neither may come into a log by way of a printed outcome.
    customer: str = field(repr=False)
    token: str = field(repr=False)
    kind: str
    label: str
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The money was paid: this much, in this currency. `payment` is the provider's id of it.

    `product` and `buyer` are what a store sold and to whom, as we named them when the purchase
    began; empty where the provider does not repeat them. `misfit` is what the adapter itself found
    wrong, such as "environment_differs" for a test purchase in production or "merchant_differs":
    such money is never credited. `fee` is what was kept, where the provider says so.
    """

    paid: Money
    payment: str
    product: str = ""
    buyer: str = ""
    misfit: str = ""
    fee: Money | None = None
    saved: SavedMethod | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The payer did their part; the bank needs time."""

    attempt: int


@dataclass(frozen=True, slots=True)
class RequiresAction:
    """The payer has to do something on the provider's page."""

    action: Action
    attempt: int


@dataclass(frozen=True, slots=True)
class Declined:
    """One attempt failed. `is_last` says that the provider takes no other on this checkout."""

    reason: DeclineReason
    attempt: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The checkout closed and nobody had paid."""


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money went back: all refunds of the payment together that have not failed.

    Where a provider tells them one at a time and knows no sum, `refund` is the key of this one.
    """

    amount: Money
    payment: str
    refund: str = ""


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """A refund did not reach the payer, so its money is still ours to give. `refund` is its key.

    A provider may find out days after it said that it was done.
    """

    refund: str
    payment: str


@dataclass(frozen=True, slots=True)
class Disputed:
    """The payer's bank took the payment back, or has decided about it.

    `dispute` is the provider's id, since one payment may be disputed twice; `fee` is what the
    provider adds; `reason` is its word for why.
    """

    stage: DisputeStage
    payment: str
    dispute: str = ""
    fee: Money | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say yet. It is never a failure: asking again is the only answer to it.

    `answered` tells a provider that spoke and does not know from one that fell silent.
    """

    why: str
    answered: bool = False


Outcome = (
    Settled
    | Pending
    | RequiresAction
    | Declined
    | Abandoned
    | Refunded
    | RefundFailed
    | Disputed
    | Unknown
)
