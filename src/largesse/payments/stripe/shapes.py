"""The fields of Stripe's objects that we read, and nothing else of them.

Shapes as in API version 2026-10-28.endive. A field that may be expanded is its id or its object.
"""

from __future__ import annotations

from typing import Any

import msgspec


class BalanceTransaction(msgspec.Struct, frozen=True):
    """What a movement did to our balance at Stripe; in the currency that we settle in."""

    id: str
    fee: int
    currency: str


class Refund(msgspec.Struct, frozen=True):
    """Money on its way back. `status` is null only for ancient ones."""

    id: str
    amount: int
    currency: str
    created: int
    status: str | None = None
    metadata: dict[str, str] | None = None

    @property
    def key(self) -> str:
        """Our key of it; one that somebody made at Stripe has only Stripe's id."""
        return (self.metadata or {}).get("key") or self.id

    @property
    def has_failed(self) -> bool:
        """Whether the money is ours again."""
        return self.status in ("failed", "canceled")


class Refunds(msgspec.Struct, frozen=True):
    """One page of a list."""

    data: list[Refund]
    has_more: bool = False


class Charge(msgspec.Struct, frozen=True):
    """One try to collect that reached a bank."""

    id: str
    disputed: bool = False
    balance_transaction: BalanceTransaction | str | None = None
    refunds: Refunds | None = None


class PaymentError(msgspec.Struct, frozen=True):
    """Why the last try came to nothing."""

    code: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None


class Card(msgspec.Struct, frozen=True):
    """What a person may see of a card."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int


class Account(msgspec.Struct, frozen=True):
    """What a person may see of a bank account."""

    last4: str | None = None


class PaymentMethod(msgspec.Struct, frozen=True):
    """A way to pay; attached to a customer when it is kept."""

    id: str
    type: str
    customer: str | None = None
    card: Card | None = None
    sepa_debit: Account | None = None


class PaymentIntent(msgspec.Struct, frozen=True):
    """One payment, through however many tries."""

    id: str
    status: str
    amount_received: int
    currency: str
    livemode: bool
    metadata: dict[str, str] = {}
    customer: str | None = None
    latest_charge: Charge | str | None = None
    last_payment_error: PaymentError | None = None
    payment_method: PaymentMethod | str | None = None
    setup_future_usage: str | None = None

    @property
    def reference(self) -> str:
        """Our order's id; empty when the payment is not ours."""
        return self.metadata.get("reference", "")


class _Error(msgspec.Struct, frozen=True):
    payment_intent: PaymentIntent | None = None


class Failure(msgspec.Struct, frozen=True):
    """What Stripe answers when a bank said no at once."""

    error: _Error


class Session(msgspec.Struct, frozen=True):
    """A hosted page and what became of it."""

    id: str
    status: str | None
    payment_status: str
    livemode: bool
    url: str | None = None
    client_reference_id: str | None = None
    amount_total: int | None = None
    currency: str | None = None
    payment_intent: PaymentIntent | str | None = None


class Dispute(msgspec.Struct, frozen=True):
    """A chargeback, or an inquiry that may become one."""

    id: str
    status: str
    reason: str
    created: int
    balance_transactions: list[BalanceTransaction] = []


class Named(msgspec.Struct, frozen=True):
    """Any object whose id is all that matters."""

    id: str


class Sessions(msgspec.Struct, frozen=True):
    """One page of a list."""

    data: list[Session]
    has_more: bool = False


class PaymentIntents(msgspec.Struct, frozen=True):
    """One page of a list or a search."""

    data: list[PaymentIntent]
    has_more: bool = False


class Charges(msgspec.Struct, frozen=True):
    """One page of a list."""

    data: list[Named]
    has_more: bool = False


class Disputes(msgspec.Struct, frozen=True):
    """One page of a list."""

    data: list[Dispute]
    has_more: bool = False


class Subject(msgspec.Struct, frozen=True):
    """What an event is about: enough to ask for the whole of it."""

    id: str
    object: str
    payment_intent: str | None = None
    client_reference_id: str | None = None
    metadata: dict[str, Any] | None = None
    payment_status: str | None = None
    status: str | None = None
    amount_total: int | None = None
    amount_received: int | None = None
    currency: str | None = None

    @property
    def reference(self) -> str:
        """Our order's id, as far as the event tells it."""
        return self.client_reference_id or str((self.metadata or {}).get("reference", ""))


class _Data(msgspec.Struct, frozen=True):
    object: Subject


class Event(msgspec.Struct, frozen=True):
    """What Stripe sends when something happened."""

    id: str
    type: str
    livemode: bool
    data: _Data
