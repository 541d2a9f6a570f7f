"""Refunds and disputes as the provider sees them: pure rules, no clock and no storage."""

from __future__ import annotations

from typing import Any

import msgspec

from largesse.sandbox.model import Checkout, Dispute, Fact, Happening, NotPayable, Refund, Status

PENDING, SUCCEEDED, FAILED = "pending", "succeeded", "failed"
OPENED, WON, LOST = "opened", "won", "lost"


def refund(checkout: Checkout, asked: Refund) -> tuple[Checkout, Fact]:
    """Send money back. Raises `NotPayable` for more than is left, or while a bank has the rest."""
    left = (checkout.paid_amount or 0) - checkout.refunded
    if checkout.dispute in (OPENED, LOST) or not 0 < asked.amount <= left:
        raise NotPayable
    after = msgspec.structs.replace(
        checkout,
        refunded=checkout.refunded + asked.amount,
        history=(*checkout.history, Happening(what="refund", name=asked.key, amount=asked.amount)),
    )
    return after, _fact(asked)


def end_refund(
    checkout: Checkout, found: Refund, *, is_paid: bool
) -> tuple[Checkout, Refund, Fact]:
    """A refund arrives, or comes back even after it had.

    Raises `NotPayable` when it has ended, and when a bank has taken the rest: then it stays.
    """
    if found.status == FAILED or (found.status == SUCCEEDED and is_paid):
        raise NotPayable
    if not is_paid and checkout.dispute in (OPENED, LOST):
        raise NotPayable
    ended = msgspec.structs.replace(found, status=SUCCEEDED if is_paid else FAILED)
    if not is_paid:
        checkout = msgspec.structs.replace(
            checkout,
            refunded=checkout.refunded - found.amount,
            refunds_failed=(*checkout.refunds_failed, found.key),
        )
    return checkout, ended, _fact(ended)


def dispute(checkout: Checkout, stage: str, *, name: str, fee: int) -> tuple[Checkout, Fact]:
    """A bank takes the payment back, or decides about it. Raises `NotPayable` out of turn."""
    is_open = checkout.dispute == OPENED
    if stage == OPENED:
        if checkout.status is not Status.PAID or is_open or checkout.dispute == LOST:
            raise NotPayable
        disputes = (*checkout.disputes, Dispute(id=name, stage=OPENED, fee=fee))
    elif is_open:
        last = msgspec.structs.replace(checkout.disputes[-1], stage=stage)
        disputes = (*checkout.disputes[:-1], last)
    else:
        raise NotPayable
    heard = Happening(what=f"dispute_{stage}", name=disputes[-1].id, amount=disputes[-1].fee)
    after = msgspec.structs.replace(
        checkout, dispute=stage, disputes=disputes, history=(*checkout.history, heard)
    )
    facts: dict[str, Any] = {"dispute": msgspec.to_builtins(disputes[-1]), "reason": "fraudulent"}
    return after, Fact(f"dispute.{stage}", facts)


def _fact(refund: Refund) -> Fact:
    return Fact(f"refund.{refund.status}", {"refund": msgspec.to_builtins(refund)})
