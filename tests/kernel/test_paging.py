"""Cursors come back as they went out, and nobody can make one up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.errors import Invalid
from largesse.kernel.paging import cursor, limited, position, position_pair

numbers = st.integers(min_value=0, max_value=2**63 - 1)


@given(numbers, numbers)
def test_a_cursor_reads_back(first: int, second: int) -> None:
    assert position(cursor(first)) == first
    assert position_pair(cursor(first, second)) == (first, second)


@given(st.text(max_size=40))
def test_any_text_is_a_cursor_or_refused_politely(text: str) -> None:
    try:
        found = position(text)
    except Invalid:
        return
    assert found is not None
    assert 0 <= found < 2**63


@pytest.mark.parametrize("limit", [0, -1, 201, 10**9])
def test_a_page_has_a_sane_size(limit: int) -> None:
    with pytest.raises(Invalid):
        limited(limit)
