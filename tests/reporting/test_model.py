"""Days and moments as operators write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from largesse.kernel.errors import Invalid
from largesse.reporting.model import end_of, moment, period, start_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_day_counts_from_its_start_to_its_end() -> None:
    assert start_of("2026-03-31", field="from") == datetime(2026, 3, 31, tzinfo=UTC)
    assert end_of("2026-03-31", field="to") == datetime(2026, 4, 1, tzinfo=UTC)


def test_a_day_may_be_one_of_another_place() -> None:
    assert end_of("2026-03-31+09:00", field="at") == datetime(2026, 3, 31, 15, tzinfo=UTC)
    assert end_of("2026-03-31Z", field="at") == datetime(2026, 4, 1, tzinfo=UTC)


def test_a_moment_is_itself_on_either_end() -> None:
    told = datetime(2026, 3, 31, 18, 30, 0, 500_000, tzinfo=UTC)
    assert start_of("2026-03-31T18:30:00.5Z", field="from") == told
    assert end_of("2026-04-01T03:30:00.5+09:00", field="to") == told


def test_what_is_left_out_is_the_beginning_and_now() -> None:
    assert moment(None, now=NOW) == NOW
    open_ended = period(None, None, now=NOW)
    assert (open_ended.since, open_ended.until) == (None, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "now", "2026", "2026-3-1", "2026-02-30", "2026-03-31 09:00", "20260331",
        "2026-03-31T10:00:00", "2026-03-31T25:00Z", "0000-01-01", "9999-12-31", "2026-03-31+99:00",
"٢٠٢٦-٠٣-٣١", "2026-03-31T10:00:00Z\n", "1" * 400,
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        end_of(text, field="at")


def test_a_day_that_begins_before_all_days_is_refused() -> None:
    with pytest.raises(Invalid):
        start_of("0001-01-01+09:00", field="from")


def test_a_period_does_not_end_before_it_began() -> None:
    with pytest.raises(Invalid):
        period("2026-04-03", "2026-04-01", now=NOW)
    assert period("2026-04-01", "2026-04-01", now=NOW).since is not None
