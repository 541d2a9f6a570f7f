"""Stripe's test cards, those that we use, and what each does.

https://docs.stripe.com/testing
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Step(Enum):
    """When a card's bank asks its owner for a 3-D Secure step."""

    NEVER = "never"
    UNLESS_KEPT = "unless it was set up for payments without its owner"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class TestCard:
    """`code` and `decline_code` are those of its decline, empty for a card that pays."""

    # It is named like what it is, and no class of tests.
    __test__ = False

    code: str = ""
    decline_code: str = ""
    advice_code: str = ""
    step: Step = Step.NEVER
    dispute: str = ""
    inquiry: bool = False
    refund: str = "succeeded"
    refund_later: str = ""
    fails_when_kept: bool = False
    brand: str = "visa"


def _declined(decline_code: str, advice_code: str = "", *, code: str = "card_declined") -> TestCard:
    return TestCard(code=code, decline_code=decline_code, advice_code=advice_code)


CARDS = {
    "4242424242424242": TestCard(),
    "5555555555554444": TestCard(brand="mastercard"),
    "4000000000000002": _declined("generic_decline", "try_again_later"),
    "4000000000009995": _declined("insufficient_funds", "try_again_later"),
    "4000000000009987": _declined("lost_card", "do_not_try_again"),
    "4000000000009979": _declined("stolen_card", "do_not_try_again"),
    "4100000000000019": _declined("fraudulent", "do_not_try_again"),
    "4000000000000069": _declined("expired_card", "confirm_card_data", code="expired_card"),
    "4000000000000127": _declined("incorrect_cvc", "confirm_card_data", code="incorrect_cvc"),
    "4000000000000119": _declined("processing_error", "try_again_later", code="processing_error"),
    "4000000000006975": _declined("card_velocity_exceeded", "try_again_later"),
    "4000002500003155": TestCard(step=Step.UNLESS_KEPT),
    "4000002760003184": TestCard(step=Step.ALWAYS),
    "4000000000000341": TestCard(fails_when_kept=True),
    "4000000000000259": TestCard(dispute="fraudulent"),
    "4000000000002685": TestCard(dispute="product_not_received"),
    "4000000000001976": TestCard(dispute="fraudulent", inquiry=True),
    # A refund that is pending first, and one that is done first and found to have failed later.
    "4000000000007726": TestCard(refund="pending", refund_later="succeeded"),
    "4000000000005126": TestCard(refund_later="failed"),
}
