"""What a title and a line of chat may look like."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.errors import Invalid
from largesse.rooms.model import TEXT_LENGTH_MAX, clean_text, clean_title


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  hello \n there ", "hello   there"),
        ("cafe\u0301", "café"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("abc\u202edef", "abcdef"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("nul\x00l", "null"),
    ],
)
def test_a_line_is_shown_as_one_clean_line(given: str, shown: str) -> None:
    assert clean_text(given) == shown


@given(text=st.text(max_size=400))
def test_whatever_is_written_fits_the_database_and_one_line(text: str) -> None:
    try:
        cleaned = clean_text(text)
    except Invalid:
        return
    assert 1 <= len(cleaned) <= TEXT_LENGTH_MAX
    assert cleaned == cleaned.strip() == clean_text(cleaned)
    kinds = {unicodedata.category(letter) for letter in cleaned}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize("text", ["", " ", "\u200d", "\u200c \ufe0f", "\u00a0\u3000", "\u0301"])
def test_a_line_that_nobody_can_see_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        clean_text(text)


def test_a_title_has_at_most_eighty_characters() -> None:
    assert clean_title("x" * 80)
    with pytest.raises(Invalid):
        clean_title("x" * 81)
