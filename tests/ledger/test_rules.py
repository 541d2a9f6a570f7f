from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.errors import Invalid
from largesse.kernel.money import LARGEST_AMOUNT
from largesse.ledger import part, periods
from largesse.ledger.rules import digest, key_digest, whole

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


def test_periods_are_counted_from_1970_wherever_the_clock_stands() -> None:
    assert periods(datetime(1970, 1, 1, tzinfo=UTC)) == (0, 0, 0)
    assert periods(datetime(1970, 1, 5, tzinfo=UTC)) == (4, 1, 0)
    late = datetime(2026, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))
    assert periods(late) == periods(datetime(2027, 1, 1, tzinfo=UTC)) == (20_819, 2_974, 57 * 12)


def test_a_part_is_a_whole_number_even_where_floats_are_not() -> None:
    assert part(2**53 - 1, coins=3_000_000_000, upto=3_000_000_000) == 2**53 - 1
    assert part(2**53 - 1, coins=3, upto=1) == 3_002_399_751_580_330
    assert type(part(10, coins=3, upto=1)) is int
    for wrong in (-1, 4):
        with pytest.raises(AssertionError):
            part(10, coins=3, upto=wrong)


@pytest.mark.parametrize("value", [0, -1, 2**53, 2**63, 1.0, "1", True, None, float("nan")])
def test_only_whole_amounts_in_range_are_taken(value: object) -> None:
    with pytest.raises(Invalid):
        whole(value, "coins", least=1)


def test_a_range_includes_its_ends_and_a_refusal_says_it() -> None:
    assert [whole(value, "coins", least=2, most=4) for value in (2, 3, 4)] == [2, 3, 4]
    assert whole(LARGEST_AMOUNT, "coins", least=0) == LARGEST_AMOUNT
    for wrong in (1, 5):
        with pytest.raises(Invalid, match=r"^coins .* 2 .* 4\.$") as refused:
            whole(wrong, "coins", least=2, most=4)
        assert refused.value.field == "coins"


def test_a_digest_is_the_same_everywhere_and_for_ever() -> None:
    assert digest(b"tap-0001").hex == "4b6fdae97698850d82166e4db6d00d4e"
    assert digest(b"a") != digest(b"b")


def test_a_key_stands_apart_by_its_origin() -> None:
    """Nobody can take a name in advance that a credit of theirs will need."""
    assert key_digest("tap-0001", of="person") == digest(b"person\0tap-0001")
    assert key_digest("tap", of="person") != key_digest("tap", of="credit")
    assert key_digest("b", of="a") != key_digest("", of="ab")
