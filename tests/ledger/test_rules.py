from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.errors import Invalid
from largesse.ledger import part, periods
from largesse.ledger.rules import digest, whole

totals = st.integers(0, 2**53 - 1)
sizes = st.integers(1, 3_000_000_000)


@given(total=totals, coins=sizes, cuts=st.lists(st.floats(0, 1), max_size=8))
def test_however_a_lot_is_cut_its_parts_add_up_to_its_price(
    total: int, coins: int, cuts: list[float]
) -> None:
    edges = sorted({0, coins, *(int(cut * coins) for cut in cuts)})
    parts = [
        part(total, coins=coins, upto=end) - part(total, coins=coins, upto=begin)
        for begin, end in pairwise(edges)
    ]
    assert sum(parts) == total
    assert all(one >= 0 for one in parts)


@given(total=totals, coins=sizes, first=st.integers(0, 10**9), length=st.integers(1, 10**6))
def test_a_piece_costs_its_share_to_within_one_millionth(
    total: int, coins: int, first: int, length: int
) -> None:
    begin = first % coins
    end = min(coins, begin + length)
    piece = part(total, coins=coins, upto=end) - part(total, coins=coins, upto=begin)
    exact = total * (end - begin)
    assert abs(piece * coins - exact) < coins


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_periods_only_ever_grow(moment: datetime) -> None:
    now, later = periods(moment), periods(moment + timedelta(days=1))
    assert later.day == now.day + 1
    assert later.week - now.week in {0, 1}
    assert (later.week != now.week) == ((moment + timedelta(days=1)).weekday() == 0)
    assert (later.month != now.month) == ((moment + timedelta(days=1)).day == 1)


@pytest.mark.parametrize("value", [0, -1, 2**53, 2**63, 1.0, "1", True, None, float("nan")])
def test_only_whole_amounts_in_range_are_taken(value: object) -> None:
    with pytest.raises(Invalid):
        whole(value, "coins", least=1)


def test_a_digest_is_the_same_everywhere_and_for_ever() -> None:
    assert digest(b"tap-0001").hex == "4b6fdae97698850d82166e4db6d00d4e"
    assert digest(b"a") != digest(b"b")
