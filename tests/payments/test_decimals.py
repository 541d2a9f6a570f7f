"""Amounts go out and come back to the unit, and what is no amount is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.money import LARGEST_AMOUNT, NUMERIC, Money
from largesse.payments import decimals


@given(amount=st.integers(0, LARGEST_AMOUNT // 1000), currency=st.sampled_from(sorted(NUMERIC)))
def test_every_amount_comes_back_as_it_went_out(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert decimals.read(decimals.written(money), currency) == money


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(499, "USD"), "4.99"),
        (Money(5, "USD"), "0.05"),
        (Money(160, "JPY"), "160"),
        (Money(1_234, "KWD"), "1.234"),
        (Money(0, "EUR"), "0.00"),
    ],
)
def test_an_amount_is_written_with_the_places_of_its_currency(money: Money, text: str) -> None:
    assert decimals.written(money) == text


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("4.9", "USD", 490), ("4", "USD", 400), ("4.990", "USD", 499), ("160.00", "JPY", 160)],
)
def test_other_spellings_of_an_amount_are_understood(text: str, currency: str, amount: int) -> None:
    assert decimals.read(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1e2", "1,00", ".5", "1.", " 1", "1\n", "1.001", "٣", "NaN", "1" * 16, "0x1"],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        decimals.read(text, "USD")
