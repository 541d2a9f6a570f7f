"""Test cards, and what a payer can correct."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.sandbox.cards import (
    CARDS,
    Behaviour,
    CardRefused,
    check_code,
    check_expiry,
    check_number,
    passes_luhn,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(("number", "behaviour"), CARDS.items())
def test_every_test_card_is_a_number_that_passes(number: str, behaviour: Behaviour) -> None:
    assert passes_luhn(number)
    spaced = " ".join(number[at : at + 4] for at in range(0, 16, 4))
    assert check_number(spaced) is behaviour


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("", "Enter a card number"),
        ("4242", "12 to 19 digits"),
        ("4242 4242 4242 424x", "12 to 19 digits"),
        ("4242424242424243", "a digit is wrong"),
        ("5555555555554444", "Only the test cards"),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "12 to 19 digits"),
    ],
)
def test_a_number_is_refused_with_a_sentence_that_helps(number: str, sentence: str) -> None:
    with pytest.raises(CardRefused, match=sentence):
        check_number(number)


@given(st.from_regex(r"[0-9]{15}", fullmatch=True), st.integers(0, 14))
def test_one_wrong_digit_never_passes(start: str, place: int) -> None:
    check = next(digit for digit in "0123456789" if passes_luhn(start + digit))
    number = start + check
    for digit in "0123456789":
        if digit != number[place]:
            assert not passes_luhn(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("text", ["11/26", "12/26", "1/30", "01 / 2031", "12-40"])
def test_an_expiry_to_come_is_fine(text: str) -> None:
    check_expiry(text, today=TODAY)


@pytest.mark.parametrize("text", ["", "13/30", "00/30", "1230x", "10/26", "11/25", "abc"])
def test_an_expiry_that_is_past_or_no_date_is_refused(text: str) -> None:
    with pytest.raises(CardRefused):
        check_expiry(text, today=TODAY)


@pytest.mark.parametrize("text", ["", "12", "12345", "abc"])
def test_a_code_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CardRefused):
        check_code(text)
