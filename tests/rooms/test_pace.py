"""How fast somebody may act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.errors import RateLimited
from largesse.rooms import ChatPace, Pace

START = datetime(2026, 3, 1, 20, tzinfo=UTC)


def after(milliseconds: int) -> datetime:
    return START + timedelta(milliseconds=milliseconds)


def test_a_burst_is_fine_and_then_it_goes_at_the_pace() -> None:
    pace = Pace(per_second=2, burst=3)
    assert [pace.allows(START) for _ in range(4)] == [True, True, True, False]
    assert not pace.allows(after(499))
    assert pace.allows(after(500))
    assert not pace.allows(after(501))


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    pace = Pace(per_second=1, burst=1)
    assert pace.allows(START)
    assert not pace.allows(after(-5000))
    assert not pace.allows(after(-4500))


@given(gaps=st.lists(st.integers(0, 3000), max_size=60))
def test_never_more_than_the_burst_and_the_pace_together(gaps: list[int]) -> None:
    pace, moment, allowed = Pace(per_second=2, burst=5), 0, 0
    for gap in gaps:
        moment += gap
        allowed += pace.allows(after(moment))
    assert allowed <= 5 + 2 * moment // 1000


def test_each_person_has_a_pace_of_their_own() -> None:
    pace = ChatPace(per_second=1, burst=1)
    pace.take(1001, START)
    pace.take(1002, START)
    with pytest.raises(RateLimited):
        pace.take(1001, START)
