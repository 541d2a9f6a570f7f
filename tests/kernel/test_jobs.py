"""Jobs by the clock fire when their schedule says, in every minute."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter  # type: ignore[import-untyped]  # the queue brings it, untyped

from largesse.kernel.jobs import REAP, seconds_last

START = datetime(2026, 11, 23, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "gap"),
    [
        ("*/2 * * * * *", timedelta(seconds=2)),
        ("*/5 * * * * *", timedelta(seconds=5)),
        (REAP, timedelta(seconds=15)),
        ("30 * * * * *", timedelta(minutes=1)),
        ("45 */10 * * * *", timedelta(minutes=10)),
    ],
)
def test_a_schedule_names_its_seconds_first(cron: str, gap: timedelta) -> None:
    schedule = croniter(seconds_last(cron), START)
    fired = [schedule.get_next(datetime) for _ in range(50)]
    assert {later - earlier for earlier, later in itertools.pairwise(fired)} == {gap}
    assert fired[0] - START <= gap
