"""What offers and coupons do to a price, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.recharge.price import Pack
from largesse.recharge.reductions.model import (
    Basket,
    Coupon,
    Offer,
    best,
    ends_at,
    normal_code,
    refusal,
    with_coupon,
    with_offer,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PACK = Pack(id=UUID(int=1), coins=700, promo_coins=10, price=999)
BASKET = Basket(PACK.id, 700, 10, 999, "USD")
COUPON = Coupon(
    id=UUID(int=9),
    name="Spring",
    percent_bps=2000,
    amount=None,
    currency=None,
    promo_coins=None,
    starts_at=NOON - timedelta(days=1),
    ends_at=NOON + timedelta(days=1),
    uses_max=5,
    account_uses_max=1,
    coins_min=0,
    packs=None,
    uses=0,
)
FIXED: dict[str, Any] = {"percent_bps": None, "amount": 300, "currency": "USD"}


def offer(number: int, *, price: int | None = None, promo: int = 0) -> Offer:
    return Offer(UUID(int=number), PACK.id, f"Offer {number}", price, promo, False, None)


def test_the_best_offer_is_the_cheapest_then_the_one_with_more_bonus() -> None:
    cheap, cheaper = offer(1, price=899), offer(2, price=799)
    generous = offer(3, price=799, promo=5)
    assert best([cheap, generous, cheaper], pack=PACK) == generous
    assert best([offer(4, promo=7), offer(5, promo=9)], pack=PACK) == offer(5, promo=9)
    assert best([], pack=PACK) is None


def test_an_offer_that_is_no_cheaper_than_the_list_is_none() -> None:
    assert best([offer(1, price=999), offer(2, price=1200)], pack=PACK) is None


def test_an_offer_ends_with_its_window_or_its_account_whichever_is_first() -> None:
    assert ends_at(None, joined_at=NOON, joined_hours=None) is None
    assert ends_at(None, joined_at=NOON, joined_hours=24) == NOON + timedelta(days=1)
    window = NOON + timedelta(hours=2)
    assert ends_at(window, joined_at=NOON, joined_hours=24) == window


def test_a_bonus_offer_leaves_the_price_alone() -> None:
    basket = with_offer(BASKET, offer(1, promo=90))
    assert (basket.price, basket.original_price, basket.promo_coins) == (999, None, 100)
    assert basket.discount_name == "Offer 1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"starts_at": NOON + timedelta(seconds=1)}, "yet"),
        ({"ends_at": NOON}, "run out"),
        ({"uses": 5}, "used up"),
        (FIXED | {"currency": "EUR"}, "EUR"),
        ({"packs": [UUID(int=7)]}, "other packs"),
        ({"coins_min": 701}, "701"),
    ],
)
def test_a_coupon_says_why_it_does_not_work(change: dict[str, Any], says: str) -> None:
    reason = refusal(replace(COUPON, **change), BASKET, own_uses=0, now=NOON)
    assert reason is not None
    assert says in reason


def test_a_coupon_works_as_often_for_one_account_as_it_says() -> None:
    assert refusal(COUPON, BASKET, own_uses=0, now=NOON) is None
    assert refusal(COUPON, BASKET, own_uses=1, now=NOON) is not None
    assert refusal(replace(COUPON, account_uses_max=2), BASKET, own_uses=1, now=NOON) is None


def test_money_off_shows_what_it_was_before() -> None:
    basket = with_coupon(BASKET, BASKET, replace(COUPON, **FIXED))
    assert isinstance(basket, Basket)
    assert (basket.price, basket.original_price, basket.promo_coins) == (699, 999, 10)


def test_a_coupon_never_makes_coins_free() -> None:
    for amount in (999, 5000):
        assert isinstance(
            with_coupon(BASKET, BASKET, replace(COUPON, **FIXED | {"amount": amount})), str
        )


def test_no_two_reductions_meet_on_one_price() -> None:
    offered = with_offer(BASKET, offer(1, price=899))
    taken = with_coupon(BASKET, offered, COUPON)
    assert isinstance(taken, Basket)
    assert (taken.price, taken.offer, taken.coupon) == (800, None, COUPON.id)
    half = with_offer(BASKET, offer(2, price=499))
    assert isinstance(with_coupon(BASKET, half, COUPON), str)


def test_bonus_coins_of_a_coupon_come_on_top_of_an_offer() -> None:
    bonus = replace(COUPON, percent_bps=None, promo_coins=50)
    offered = with_offer(BASKET, offer(1, price=899, promo=5))
    taken = with_coupon(BASKET, offered, bonus)
    assert isinstance(taken, Basket)
    assert (taken.price, taken.original_price, taken.promo_coins) == (899, 999, 65)
    assert (taken.offer, taken.coupon) == (UUID(int=1), COUPON.id)
    assert taken.discount_name == "Offer 1 + Spring"


@given(price=st.integers(1, 10**9), bps=st.integers(1, 9900))
def test_a_percentage_takes_no_more_than_it_says_and_never_all(price: int, bps: int) -> None:
    basket = replace(BASKET, price=price)
    taken = with_coupon(basket, basket, replace(COUPON, percent_bps=bps))
    if isinstance(taken, str):
        assert price * bps < 10_000
        return
    assert 0 < taken.price < price
    assert (price - taken.price) * 10_000 <= price * bps


@pytest.mark.parametrize("typed", ["spring26", " SPRING-26 ", "Spring_26", "sPrInG 26"])
def test_a_code_may_be_typed_in_any_way(typed: str) -> None:
    assert normal_code(typed) == "SPRING26"
