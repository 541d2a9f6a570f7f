from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.ledger import CHART, Kind
from largesse.ledger.chart import BY_CODE
from largesse.ledger.flows import PROMOTION, REVENUE_OF, SHARE, Flow, revenue, to_book, whole

micro = st.integers(0, 3_000_000)
spent = st.tuples(micro, micro, micro, st.sampled_from(sorted(REVENUE_OF)))
units = st.sampled_from([1_000, 10_000, 1_000_000])


def test_every_kind_that_spends_earns_on_a_line_of_its_own() -> None:
    assert set(REVENUE_OF) == {kind for kind in Kind if kind.spends}
    for code in REVENUE_OF.values():
        assert BY_CODE[code] in CHART
        assert BY_CODE[code].name.startswith("revenue from")


@given(acts=st.lists(spent, max_size=30), cuts=st.sets(st.integers(0, 30)), unit=units)
def test_however_often_it_is_booked_the_books_say_the_same(
    acts: list[tuple[int, int, int, Kind]], cuts: set[int], unit: int
) -> None:
    """Booking after every act, or once, or anything between: the ends are exact every time."""
    totals: dict[Flow, int] = defaultdict(int)
    booked: dict[Flow, int] = defaultdict(int)
    before: dict[Flow, int] = {}
    for number, (share, promotion, earned, kind) in enumerate(acts):
        totals[SHARE] += share
        totals[PROMOTION] += promotion
        totals[revenue(kind)] += earned
        if number in cuts or number == len(acts) - 1:
            for flow, amount in to_book(before, totals, unit=unit):
                assert amount > 0
                booked[flow] += amount
            before = dict(totals)
            _exact(totals, booked, unit=unit)
    assert not to_book(before, totals, unit=unit)


def _exact(totals: dict[Flow, int], booked: dict[Flow, int], *, unit: int) -> None:
    def side(code: int) -> int:
        return sum(
            amount * ((flow.credit == code) - (flow.debit == code))
            for flow, amount in booked.items()
        )

    released = sum(amount for flow, amount in totals.items() if flow.debit == SHARE.debit)
    owed = totals[SHARE] + totals[PROMOTION]
    assert -side(SHARE.debit) == released // unit
    assert side(SHARE.credit) == owed // unit
    assert abs(-side(PROMOTION.debit) * unit - totals[PROMOTION]) < unit
    for code in set(REVENUE_OF.values()):
        assert abs(side(code) * unit - totals[Flow(SHARE.debit, code)]) < unit


def test_a_unit_that_came_too_early_goes_back() -> None:
    """0.6 owed and 0.6 earned release one cent, which is earned; then it turns out to be owed."""
    earned = revenue(Kind.GIFT)
    early = {SHARE: 6_000, earned: 6_000}
    assert to_book({}, early, unit=10_000) == [(earned, 1)]
    later = {SHARE: 12_000, earned: 6_000}
    assert to_book(early, later, unit=10_000) == [(SHARE, 1), (Flow(500, 400), 1)]


@pytest.mark.parametrize(("unit", "cents"), [(1_000_000, 0), (10_000, 70), (1_000, 700)])
def test_whole_units_follow_the_currency(unit: int, cents: int) -> None:
    assert whole({SHARE: 700_000}, unit=unit)[SHARE] == cents


def test_totals_that_do_not_speak_of_a_flow_say_nothing_of_it() -> None:
    """Neither a share nor a promotion, though each would be a cent if one millionth more."""
    assert to_book({}, {revenue(Kind.GIFT): 9_999}, unit=10_000) == []
    assert to_book({}, {SHARE: 9_999}, unit=10_000) == []


def test_each_line_of_revenue_is_its_own_total_to_less_than_a_unit() -> None:
    """Three lines of 0.6 cents: the chain is at 0.6, 1.2 and 1.8, so the second gets the cent."""
    lines = [revenue(kind) for kind in (Kind.GIFT, Kind.HIGHLIGHT, Kind.MEMBERSHIP)]
    booked = whole(dict.fromkeys(lines, 6_000), unit=10_000)
    assert [booked[line] for line in lines] == [0, 1, 0]
    booked = whole(dict.fromkeys(lines, 14_000), unit=10_000)
    assert [booked[line] for line in lines] == [1, 1, 2]
