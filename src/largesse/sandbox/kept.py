"""Ways to pay that are kept for a shop's customers: pure rules, no clock and no storage."""

from __future__ import annotations

import msgspec

from largesse.sandbox.cards import Behaviour
from largesse.sandbox.model import Checkout, Method, Saved


def keep(checkout: Checkout, *, token: str, customer: str) -> tuple[Checkout, Method]:
    """What a checkout was paid with, kept under this token; the shop is told of it."""
    is_card = checkout.method == "card" and bool(checkout.last4)
    named = checkout.method.replace("_", " ").title()
    saved = Saved(
        token=token,
        customer=customer,
        kind=checkout.method,
        label=f"Test card {checkout.last4}" if is_card else named,
        expires=checkout.expires,
    )
    method = Method(
        saved=saved,
        behaviour=checkout.behaviour or Behaviour.PAYS,
        last4=checkout.last4 or "",
        faults=checkout.faults,
    )
    return msgspec.structs.replace(checkout, saved=saved, customer=customer), method


def usable(method: Method | None, *, customer: str) -> Method | None:
    """The method, if it is this customer's and not forgotten."""
    if method is None or method.is_forgotten or method.saved.customer != customer:
        return None
    return method
