"""Ages are counted in full years, on the day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.people.model import adult_age, age_on, home_currency


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 11, 23), date(2026, 11, 22), 17),
        (date(2008, 11, 23), date(2026, 11, 23), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_a_birthday_counts_from_its_own_day_on(born: date, day: date, age: int) -> None:
    assert age_on(day, birth_date=born) == age


@given(born=st.dates(date(1920, 1, 1), date(2020, 1, 1)), day=st.dates(date(2020, 1, 2)))
def test_nobody_gets_younger(born: date, day: date) -> None:
    if day < date.max:
        next_day = date.fromordinal(day.toordinal() + 1)
        assert age_on(next_day, birth_date=born) >= age_on(day, birth_date=born)


def test_majority_comes_later_in_some_countries() -> None:
    assert [adult_age(country) for country in ("US", "KR", "JP")] == [18, 19, 20]


def test_countries_without_a_list_pay_in_dollars() -> None:
    assert [home_currency(country) for country in ("FR", "JP", "CH")] == ["EUR", "JPY", "USD"]
