"""Prices, taxes and the price of one coin: whole numbers, whatever the currency."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.money import Money
from largesse.recharge import Pack
from largesse.recharge.price import bill, exact_price, per_coin_micro, smallest_fitting

prices = st.integers(1, 10**12)
rates = st.integers(0, 5000)


def pack(coins: int, price: int, promo: int = 0) -> Pack:
    return Pack(id=UUID(int=coins), coins=coins, promo_coins=promo, price=price)


US = [
    pack(70, 99),
    pack(350, 499),
    pack(700, 999),
    pack(1400, 1999, 25),
    pack(3500, 4999, 100),
    pack(7000, 9999, 250),
    pack(17500, 24999, 700),
]

lists = st.dictionaries(st.integers(1, 50_000), st.integers(1, 10**9), min_size=1, max_size=8).map(
    lambda found: [pack(coins, price) for coins, price in found.items()]
)


@given(price=prices, tax_bps=rates)
def test_tax_inside_a_price_does_not_change_what_is_paid(price: int, tax_bps: int) -> None:
    found = bill(price, tax_bps=tax_bps, is_tax_inclusive=True)
    assert found.total == found.price == price
    assert 0 <= found.tax < price or found.tax == 0
    # Taxing the net amount again gives the same tax, to half a unit.
    assert abs((price - found.tax) * tax_bps - found.tax * 10_000) <= (10_000 + tax_bps) / 2


@given(price=prices, tax_bps=rates)
def test_tax_on_a_price_is_added_once(price: int, tax_bps: int) -> None:
    found = bill(price, tax_bps=tax_bps, is_tax_inclusive=False)
    assert found.total == price + found.tax
    assert abs(found.tax * 10_000 - price * tax_bps) <= 5_000


@pytest.mark.parametrize(
    ("price", "tax_bps", "inclusive", "tax"),
    [(1099, 1900, True, 175), (160, 1000, True, 15), (1000, 800, False, 80), (99, 0, False, 0)],
)
def test_known_bills(price: int, tax_bps: int, inclusive: bool, tax: int) -> None:
    assert bill(price, tax_bps=tax_bps, is_tax_inclusive=inclusive).tax == tax


@pytest.mark.parametrize(
    ("money", "coins", "micro"),
    [
        (Money(499, "USD"), 350, 14_258),
        (Money(160, "JPY"), 70, 2_285_715),
        (Money(1234, "KWD"), 100, 12_340),
        (Money(1_600_000, "IDR"), 70, 228_571_429),
    ],
)
def test_the_price_of_a_coin_counts_the_currencys_own_decimals(
    money: Money, coins: int, micro: int
) -> None:
    assert per_coin_micro(money, coins=coins) == micro


@given(
    price=st.integers(1, 10**9),
    currency=st.sampled_from(["USD", "JPY", "KWD"]),
    coins=st.integers(1, 10**6),
)
def test_the_price_of_a_coin_never_understates(price: int, currency: str, coins: int) -> None:
    paid = Money(price, currency).micro
    shown = per_coin_micro(Money(price, currency), coins=coins)
    assert shown * coins >= paid > (shown - 1) * coins


@given(packs=lists, coins=st.integers(1, 100_000))
def test_an_exact_amount_is_never_cheaper_a_coin_than_the_next_bigger_pack(
    packs: list[Pack], coins: int
) -> None:
    price = exact_price(coins, packs=packs)
    bigger = [one for one in packs if one.coins >= coins]
    following = min(bigger, default=packs[-1], key=lambda one: one.coins)
    if not bigger:
        following = max(packs, key=lambda one: one.coins)
    assert price * following.coins >= following.price * coins
    if following.coins == coins:
        assert price == following.price


@given(packs=lists, coins=st.integers(1, 100_000))
def test_one_coin_more_never_costs_less_where_bigger_packs_cost_more(
    packs: list[Pack], coins: int
) -> None:
    ordered = sorted(packs, key=lambda one: one.coins)
    rising = [
        pack(one.coins, price)
        for one, price in zip(ordered, sorted(one.price for one in packs), strict=True)
    ]
    assert exact_price(coins, packs=rising) <= exact_price(coins + 1, packs=rising)


def test_an_exact_amount_in_dollars() -> None:
    found = [exact_price(coins, packs=US) for coins in (35, 69, 70, 71, 349, 350, 1234, 20_000)]
    assert found == [50, 98, 99, 102, 498, 499, 1762, 28571]


@given(missing=st.integers(1, 40_000))
def test_the_fitting_pack_is_the_smallest_that_closes_the_gap(missing: int) -> None:
    found = smallest_fitting(missing, packs=US)
    assert found is not None
    if missing > 17_500 + 700:
        assert found.coins == 17_500
    else:
        assert found.coins + found.promo_coins >= missing
        smaller = [one for one in US if one.coins < found.coins]
        assert all(one.coins + one.promo_coins < missing for one in smaller)


def test_an_empty_shelf_has_no_fitting_pack() -> None:
    assert smallest_fitting(1, packs=[]) is None
