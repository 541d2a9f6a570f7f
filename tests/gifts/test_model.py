"""The split adds up for all amounts, and streaks are what the rule says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from largesse.gifts.model import STREAK_IDLE, Streaks, split_of
from largesse.kernel import ids

amounts = st.integers(min_value=0, max_value=10**12)
START = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@given(basis=amounts, tax=amounts, fees=amounts, diamonds=amounts, rate=st.integers(1, 10**9))
def test_the_parts_of_a_split_are_never_negative_and_make_the_whole(
    basis: int, tax: int, fees: int, diamonds: int, rate: int
) -> None:
    assume(tax + fees <= basis)
    split = split_of(
        coins=1,
        diamonds=diamonds,
        cost_basis=basis,
        tax=tax,
        fees=fees,
        diamond_micro=rate,
        currency="USD",
    )
    parts = (split.tax, split.fees, split.platform, split.creator)
    assert min(parts) >= 0
    assert sum(parts) == basis
    assert split.creator + split.promotion == diamonds * rate
    assert split.promotion == 0 or split.platform == 0


def test_a_gift_of_promo_coins_costs_its_sender_nothing_and_is_worth_as_much() -> None:
    split = split_of(
        coins=100,
        diamonds=100,
        cost_basis=0,
        tax=0,
        fees=0,
        diamond_micro=5000,
        currency="USD",
    )
    assert (split.cost_basis, split.creator, split.platform) == (0, 0, 0)
    assert split.promotion == 500_000


def test_the_worked_example_of_the_books() -> None:
    """J3: 200 paid coins at one cent; a diamond is worth half a cent."""
    split = split_of(
        coins=300,
        diamonds=300,
        cost_basis=2_000_000,
        tax=0,
        fees=0,
        diamond_micro=5000,
        currency="USD",
    )
    assert (split.creator, split.platform, split.promotion) == (1_500_000, 500_000, 0)


@given(pauses=st.lists(st.integers(0, 6000), min_size=1, max_size=30))
def test_a_streak_goes_on_until_three_seconds_of_silence(pauses: list[int]) -> None:
    streaks, room, gift, moment = Streaks(), ids.make(), ids.make(), START
    combo = streaks.join(sender=1, room=room, gift=gift, anonymous=False, now=moment)
    for pause in pauses:
        moment += timedelta(milliseconds=pause)
        following = streaks.join(sender=1, room=room, gift=gift, anonymous=False, now=moment)
        assert (following == combo) == (timedelta(milliseconds=pause) <= STREAK_IDLE)
        combo = following


def test_an_anonymous_gift_never_joins_a_streak_with_a_name() -> None:
    streaks, room, gift = Streaks(), ids.make(), ids.make()
    named = streaks.join(sender=1, room=room, gift=gift, anonymous=False, now=START)
    hidden = streaks.join(sender=1, room=room, gift=gift, anonymous=True, now=START)
    assert named != hidden
