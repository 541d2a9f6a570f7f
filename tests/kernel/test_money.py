"""Money is whole numbers; only its display is text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.money import NUMERIC, Money, exponent, micro, minor


@pytest.mark.parametrize(
    ("amount", "currency", "places", "text"),
    [
        (499, "USD", 2, "$4.99"),
        (120, "JPY", 0, "¥120"),
        (1234, "KWD", 3, "KWD\u00a01.234"),
        (1900000, "IDR", 2, "IDR\u00a019,000.00"),
        (0, "EUR", 2, "€0.00"),
        (123456789, "USD", 2, "$1,234,567.89"),
    ],
)
def test_minor_units_are_shown_with_the_currencys_own_places(
    amount: int, currency: str, places: int, text: str
) -> None:
    shown = minor(Money(amount, currency))
    assert (shown.amount, shown.decimal_places, shown.display) == (amount, places, text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(14142, "$0.014142"), (10_000, "$0.01"), (0, "$0.00"), (990_000, "$0.99"), (-1, "-$0.000001")],
)
def test_micro_amounts_keep_what_matters_and_drop_idle_zeros(amount: int, text: str) -> None:
    assert micro(amount, "USD").display == text


@given(st.integers(min_value=0, max_value=2**50), st.sampled_from(sorted(NUMERIC)))
def test_minor_to_micro_is_exact(amount: int, currency: str) -> None:
    assert Money(amount, currency).micro == amount * 10 ** (6 - exponent(currency))
