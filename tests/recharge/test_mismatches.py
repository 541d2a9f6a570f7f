"""Money that is not what the order asked for never becomes its coins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from largesse.kernel.money import Money
from largesse.payments import Settled
from largesse.recharge import State, model
from largesse.recharge.model import Effect
from tests.recharge.orders import order

RIGHT = Settled(
    Money(499, "USD"),
    "pay_1",
    product="coins_350",
    buyer=order(State.REVIEW).reference,
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"paid": Money(498, "USD")}, "amount_differs"),
        ({"paid": Money(499, "EUR")}, "currency_differs"),
        ({"product": "coins_7000"}, "product_differs"),
        ({"buyer": "rch_somebody_elses"}, "buyer_differs"),
        ({"misfit": "environment_differs"}, "environment_differs"),
        ({"misfit": "merchant_differs"}, "merchant_differs"),
    ],
)
@pytest.mark.parametrize("state", sorted(model.OPEN))
def test_a_payment_that_does_not_fit_is_set_aside_and_leaves_the_order_open(
    state: State, change: dict[str, Any], reason: str
) -> None:
    before = order(state, product="coins_350")
    after = model.advance(before, replace(RIGHT, **change))
    assert (after.effect, after.reason) == (Effect.SUSPENSE, reason)
    assert after.recharge == before


@pytest.mark.parametrize("state", sorted(model.OPEN))
def test_the_right_payment_credits_also_when_it_comes_late(state: State) -> None:
    after = model.advance(order(state, product="coins_350"), RIGHT)
    assert (after.effect, after.recharge.state) == (Effect.CREDIT, State.CREDITED)


@pytest.mark.parametrize("state", [State.REVIEW, State.DECLINED])
def test_an_order_that_takes_no_payment_sets_it_aside(state: State) -> None:
    after = model.advance(order(state, product="coins_350"), RIGHT)
    assert (after.effect, after.reason) == (Effect.SUSPENSE, "order_takes_no_payment")
