from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.ledger.legs import pair

amounts = st.lists(st.integers(0, 1000), min_size=1, max_size=5)


@given(amounts=amounts, cuts=amounts)
def test_legs_take_every_debit_and_give_every_credit(amounts: list[int], cuts: list[int]) -> None:
    debits = [(number, amount) for number, amount in enumerate(amounts, start=100)]
    rest, credits_ = sum(amounts), []
    for number, cut in enumerate(cuts, start=200):
        credits_.append((number, min(cut, rest)))
        rest -= min(cut, rest)
    credits_.append((300, rest))
    legs = pair(debits, credits_, asset=840)
    assert all(leg.amount > 0 for leg in legs)
    assert {leg.asset for leg in legs} <= {840}
    for number, amount in debits:
        assert sum(leg.amount for leg in legs if leg.debit == number) == amount
    for number, amount in credits_:
        assert sum(leg.amount for leg in legs if leg.credit == number) == amount


def test_sides_that_differ_are_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        pair([(1, 5)], [(2, 4)], asset=840)
    with pytest.raises(AssertionError):
        pair([(1, 4)], [(2, 5)], asset=840)
    with pytest.raises(AssertionError):
        pair([(1, -4)], [(2, -4)], asset=840)
