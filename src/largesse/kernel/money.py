"""Real money in whole minor units, and finer amounts in whole millionths.

A **minor** amount counts the currency's smallest unit (cents; yen have none). A
**micro** amount counts millionths of the major unit, because a rose costs 1.4
cents: 14,142 micro. Both are integers everywhere; only `display` makes text.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import msgspec
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol

MICRO_PLACES = 6
LARGEST_AMOUNT = 2**53 - 1
# ISO 4217 writes three of these where there is no currency.
NO_CURRENCY = "X" * 3

# ISO 4217 numeric codes, the ledger's asset numbers, for the currencies we price in.
NUMERIC = {
    "AED": 784,
    "BRL": 986,
    "CAD": 124,
    "CNY": 156,
    "EUR": 978,
    "GBP": 826,
    "IDR": 360,
    "INR": 356,
    "JPY": 392,
    "KRW": 410,
    "KWD": 414,
    "MXN": 484,
    "USD": 840,
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of real money in minor units of one currency."""

    amount: int
    currency: str

    def __add__(self, other: Money) -> Money:
        assert self.currency == other.currency, "money of two currencies has no sum"
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        assert self.currency == other.currency, "money of two currencies has no difference"
        return Money(self.amount - other.amount, self.currency)

    @property
    def micro(self) -> int:
        """The same amount in millionths of the major unit; exact, since no currency is finer."""
        return self.amount * int(10 ** (MICRO_PLACES - exponent(self.currency)))


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """How many decimal places the currency has (ISO 4217): USD 2, JPY 0, KWD 3."""
    # CLDR shows rupiah without decimals by custom; ISO 4217 gives it two.
    precision: int = get_currency_precision(currency)
    return 2 if currency == "IDR" else precision


@lru_cache(maxsize=16_384)
def display(amount: int, *, currency: str, decimal_places: int, locale: str = "en_US") -> str:
    """Write an amount for a person, such as `$4.99` or `$0.014142`.

    Trailing zeros beyond the currency's own places are dropped: 10,000 micro-dollars
    read `$0.01`, not `$0.010000`.
    """
    places = exponent(currency)
    value = Decimal(amount).scaleb(-decimal_places)
    while decimal_places > places and amount % 10 == 0:
        amount //= 10
        decimal_places -= 1
    digits = "0" * max(places, decimal_places)
    # A currency that is written in letters stands apart from its figures (CLDR).
    apart = "\u00a0" if get_currency_symbol(currency, locale)[-1].isalpha() else ""
    pattern = f"¤{apart}#,##0" + (f".{digits}" if digits else "")
    return format_currency(value, currency, pattern, locale=locale, currency_digits=False)


class Price(msgspec.Struct, frozen=True):
    """Money as clients see it: an integer, its scale, and a text ready to show."""

    amount: int
    currency: str
    decimal_places: int
    display: str


def minor(money: Money) -> Price:
    """Show an amount in minor units."""
    places = exponent(money.currency)
    text = display(money.amount, currency=money.currency, decimal_places=places)
    return Price(money.amount, money.currency, places, text)


def micro(amount: int, currency: str) -> Price:
    """Show an amount in millionths of the major unit."""
    text = display(amount, currency=currency, decimal_places=MICRO_PLACES)
    return Price(amount, currency, MICRO_PLACES, text)
