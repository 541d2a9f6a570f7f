"""The test cards, and what is wrong with a number in words that help."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from enum import StrEnum


class Behaviour(StrEnum):
    """What a test card does when somebody pays with it."""

    PAYS = "pays"
    DECLINED = "declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    AUTHENTICATION = "authentication"
    DISPUTED_LATER = "disputed_later"
    REFUND_FAILS = "refund_fails"
    LATER_DECLINED = "later_declined"
    ALWAYS_AUTHENTICATION = "always_authentication"


CARDS = {
    "4242424242424242": Behaviour.PAYS,
    "4000000000000002": Behaviour.DECLINED,
    "4000000000009995": Behaviour.INSUFFICIENT_FUNDS,
    "4000002500003155": Behaviour.AUTHENTICATION,
    "4000000000000259": Behaviour.DISPUTED_LATER,
    "4000000000005126": Behaviour.REFUND_FAILS,
    "4000000000000341": Behaviour.LATER_DECLINED,
    "4000002760003184": Behaviour.ALWAYS_AUTHENTICATION,
}


class CardRefused(Exception):
    """What the payer can correct; `field` says where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def digits_of(text: str) -> str:
    """A card number without the spaces and dashes that people type."""
    return re.sub(r"[\s-]", "", text)


def check_number(text: str) -> Behaviour:
    """Which test card this is. A number that only looks like a card is refused by name.

    Real cards must never reach a test page, so every number outside the list is
    turned away, with a different sentence for a typing mistake.
    """
    digits = digits_of(text)
    if not digits:
        raise CardRefused("card", "Enter a card number.")
    if not re.fullmatch(r"[0-9]{12,19}", digits):
        raise CardRefused("card", "A card number has 12 to 19 digits.")
    if not passes_luhn(digits):
        raise CardRefused("card", "Check the number: a digit is wrong or two are swapped.")
    if digits not in CARDS:
        raise CardRefused(
            "card", "Only the test cards listed below work here. Never type a real one."
        )
    return CARDS[digits]


def check_expiry(text: str, *, today: date) -> date:
    """MM/YY, and not in the past; a card is good until the end of its month, which is returned."""
    match = re.fullmatch(r"\s*(\d{1,2})\s*[/ -]\s*(\d{2}|\d{4})\s*", text)
    if match is None or not 1 <= int(match[1]) <= 12:
        raise CardRefused("expiry", "Write the expiry date as month and year, such as 04/30.")
    year, month = int(match[2]) % 100 + 2000, int(match[1])
    if (year, month) < (today.year, today.month):
        raise CardRefused("expiry", "This card has expired. Any date to come works here.")
    return date(year, month, monthrange(year, month)[1])


def check_code(text: str) -> None:
    """Three or four digits; any will do."""
    if not re.fullmatch(r"\s*[0-9]{3,4}\s*", text):
        raise CardRefused("code", "The security code has three digits, or four.")


def passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812 fits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
