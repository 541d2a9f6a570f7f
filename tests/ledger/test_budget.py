"""The gift budget: three limits, each in its own period."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from largesse.ledger.budget import counted, given_back
from largesse.ledger.errors import LimitReached
from largesse.ledger.rules import periods
from largesse.ledger.store import PurseRow

# A Sunday, and the last day of its month: tomorrow everything begins anew.
NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
TOMORROW = NOON + timedelta(days=1)


def purse(*, at: datetime = NOON, day: int = 0, week: int = 0, month: int = 0) -> PurseRow:
    """Somebody who has spent so much today, this week and this month, and has no limit."""
    then = periods(at)
    return PurseRow(
        account=10_000, currency="USD", paid_in=100, paid_out=0, promo_in=0, promo_out=0,
        prize_in=0, prize_out=0, held_paid=0, held_promo=0, held_prize=0, debt=0,
        promo_until=None, day=then.day, week=then.week, month=then.month, day_spent=day,
        week_spent=week, month_spent=month, day_limit=None, week_limit=None, month_limit=None,
        frozen_for=0,
    )  # fmt: skip


def test_every_period_counts_for_itself() -> None:
    found = counted(purse(day=1, week=20, month=300), 4_000, at=NOON)
    assert found == purse(day=4_001, week=4_020, month=4_300)


def test_a_new_period_begins_with_nothing() -> None:
    found = counted(purse(day=1, week=20, month=300), 4_000, at=TOMORROW)
    assert found == purse(at=TOMORROW, day=4_000, week=4_000, month=4_000)


def test_a_clock_that_was_ahead_takes_no_period_back() -> None:
    """Two writers' clocks differ at midnight: what is counted late counts in the later day."""
    found = counted(purse(at=TOMORROW, day=1, week=20, month=300), 4_000, at=NOON)
    assert found == purse(at=TOMORROW, day=4_001, week=4_020, month=4_300)


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_a_limit_may_be_reached_and_not_passed(period: str) -> None:
    spent: dict[str, Any] = {period: 60}
    limit: dict[str, Any] = {f"{period}_limit": 100}
    limited = replace(purse(**spent), **limit)
    reached = counted(limited, 40, at=NOON)
    assert getattr(reached, f"{period}_spent") == 100
    with pytest.raises(LimitReached) as refused:
        counted(limited, 41, at=NOON)
    assert (refused.value.period, refused.value.left_micro) == (period, 40)
    assert refused.value.currency == "USD"
    assert counted(reached, 0, at=NOON) == reached


def test_a_limit_that_was_lowered_below_what_is_spent_leaves_nothing() -> None:
    with pytest.raises(LimitReached) as refused:
        counted(replace(purse(day=60), day_limit=50), 1, at=NOON)
    assert refused.value.left_micro == 0
    with pytest.raises(LimitReached) as refused:
        counted(replace(purse(day=60), day_limit=60), 1, at=NOON)
    assert refused.value.left_micro == 0


def test_the_shortest_period_that_is_passed_is_named() -> None:
    tight = replace(purse(), day_limit=3, week_limit=2, month_limit=1)
    without: list[tuple[dict[str, Any], str]] = [
        ({}, "day"),
        ({"day_limit": None}, "week"),
        ({"day_limit": None, "week_limit": None}, "month"),
    ]
    for limits, named in without:
        with pytest.raises(LimitReached) as refused:
            counted(replace(tight, **limits), 4, at=NOON)
        assert refused.value.period == named


def test_what_is_given_back_in_time_was_never_counted() -> None:
    before = purse(day=1, week=20, month=300)
    assert given_back(counted(before, 4_000, at=NOON), 4_000, counted_at=NOON) == before


def test_a_period_that_is_over_gets_nothing_back() -> None:
    """Counted on a Saturday: the day is over on Sunday, the week on Monday, the month with it."""
    saturday = NOON - timedelta(days=1)
    on_sunday = given_back(purse(day=7, week=20, month=300), 5, counted_at=saturday)
    assert on_sunday == purse(day=7, week=15, month=295)
    on_monday = purse(at=TOMORROW, day=7, week=20, month=300)
    assert given_back(on_monday, 5, counted_at=saturday) == on_monday
