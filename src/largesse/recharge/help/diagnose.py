"""Where are my coins? The answer from an order's own facts, with the one thing that helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from largesse.recharge.model import Recharge, State


class Verdict(StrEnum):
    """What is the matter with an order, or that nothing is."""

    CREDITED = "credited"
    NOT_CONFIRMED = "not_confirmed"
    NOT_PAID = "not_paid"
    DECLINED = "declined"
    BANK_WORKING = "bank_working"
    PROVIDER_SILENT = "provider_silent"
    GIVEN_UP = "given_up"
    SET_ASIDE = "set_aside"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class Remedy(StrEnum):
    """The one button that helps."""

    CHECK = "check"
    PAY = "pay"
    CONTACT = "contact"
    WALLET = "wallet"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What happened to an order, in words for its buyer, and what to do."""

    verdict: Verdict
    text: str
    remedy: Remedy


def diagnose(
    recharge: Recharge, happened: Sequence[str], *, now: datetime, late_days: int
) -> Diagnosis:
    """Judge an order by its state and by what happened to it, oldest first."""
    is_set_aside = "set_aside" in happened
    match recharge.state:
        case State.CREDITED:
            return _said(Verdict.CREDITED)
        case State.REFUNDED | State.PARTIALLY_REFUNDED:
            return _said(Verdict.REFUNDED)
        case State.DISPUTED | State.LOST:
            return _said(Verdict.DISPUTED)
        case _ if is_set_aside:
            return _said(Verdict.SET_ASIDE)
        case State.REVIEW:
            return _said(Verdict.NOT_CONFIRMED)
        case State.DECLINED:
            return _said(Verdict.DECLINED, Remedy.AGAIN)
        case State.PROCESSING:
            return _said(Verdict.BANK_WORKING)
        case State.AWAITING_PAYMENT:
            return _awaiting(recharge, happened)
        case State.EXPIRED | State.CANCELLED:
            is_late = now > recharge.expires_at + timedelta(days=late_days)
            return _said(Verdict.GIVEN_UP, Remedy.CONTACT if is_late else Remedy.CHECK)


def _awaiting(recharge: Recharge, happened: Sequence[str]) -> Diagnosis:
    if recharge.checkout is None:
        return _said(Verdict.PROVIDER_SILENT)
    if happened and happened[-1] == "declined":
        return _said(Verdict.DECLINED, Remedy.PAY)
    return _said(Verdict.NOT_PAID)


def _said(verdict: Verdict, remedy: Remedy | None = None) -> Diagnosis:
    text, usual = _WORDS[verdict]
    return Diagnosis(verdict, text, remedy or usual)


_WORDS: dict[Verdict, tuple[str, Remedy]] = {
    Verdict.CREDITED: ("The coins of this order are in your wallet.", Remedy.WALLET),
    Verdict.NOT_CONFIRMED: (
        "You looked at this offer and did not confirm it. Nothing was charged.",
        Remedy.AGAIN,
    ),
    Verdict.NOT_PAID: (
        (
            "We have not heard of a payment yet. If you paid, check again now: we ask the provider"
            " and credit the coins at once."
        ),
        Remedy.CHECK,
    ),
    Verdict.DECLINED: (
        "The payment was declined, so nothing was charged and no coins were bought.",
        Remedy.PAY,
    ),
    Verdict.BANK_WORKING: (
        (
            "Your bank is working on this payment. The coins arrive by themselves as soon as it says"
            " yes."
        ),
        Remedy.CHECK,
    ),
    Verdict.PROVIDER_SILENT: (
        (
            "The payment provider does not answer at the moment. Your order waits for it; nothing is"
            " lost."
        ),
        Remedy.CHECK,
    ),
    Verdict.GIVEN_UP: (
        (
            "This order ended without a payment. If you did pay, check again now: a late payment is"
            " credited all the same."
        ),
        Remedy.CHECK,
    ),
    Verdict.SET_ASIDE: (
        (
            "A payment arrived that does not fit this order. It is kept safe, and a person is looking"
            " at it."
        ),
        Remedy.CONTACT,
    ),
    Verdict.REFUNDED: (
        "This order was refunded. The money goes back the way it came.",
        Remedy.WALLET,
    ),
    Verdict.DISPUTED: (
        "Your bank has taken this payment back, so its coins are on hold or gone.",
        Remedy.CONTACT,
    ),
}
