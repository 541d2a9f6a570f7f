"""Giving money back: once a key, to the unit, and a failure is found out however late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from largesse.kernel.money import Money
from largesse.payments import (
    Pending,
    Refunded,
    RefundFailed,
    Settled,
    Unknown,
)
from tests.payments.contract.bench import Act, Can, Desk, Order


async def payment_of(desk: Desk, order: Order) -> str:
    """The provider's id of what was paid."""
    settled = (await desk.told(order))[0]
    assert isinstance(settled, Settled)
    return settled.payment


async def test_a_refund_gives_the_money_back_and_is_told_behind_the_payment(desk: Desk) -> None:
    desk.needs(Can.REFUND)
    order = await desk.after(Act.PAY)
    payment = await payment_of(desk, order)
    price = desk.bench.price
    answer = await desk.provider.refund(checkout=order.checkout, amount=price, key="all of it")
    assert answer == Refunded(price, payment) or isinstance(answer, Pending)
    assert await desk.bench.given_back(order) == price.amount
    if Can.SUM not in desk.bench.cannot:
        assert (await desk.told(order))[1] == Refunded(price, payment)


async def test_the_same_key_gives_back_once(desk: Desk) -> None:
    desk.needs(Can.REFUND)
    order = await desk.after(Act.PAY)
    key, price = f"{order.reference}:refund", desk.bench.price
    first = await desk.provider.refund(checkout=order.checkout, amount=price, key=key)
    assert await desk.provider.refund(checkout=order.checkout, amount=price, key=key) == first
    assert await desk.bench.given_back(order) == price.amount


async def test_parts_add_up(desk: Desk) -> None:
    desk.needs(Can.REFUND, Can.REFUND_PART)
    order, price = await desk.after(Act.PAY), desk.bench.price
    part = replace(price, amount=price.amount // 3)
    for number in (1, 2):
        answer = await desk.provider.refund(
            checkout=order.checkout, amount=part, key=f"{order.reference}:{number}"
        )
        assert isinstance(answer, Refunded | Pending)
    twice = Money(2 * part.amount, part.currency)
    if Can.SUM in desk.bench.cannot:
        assert await desk.bench.given_back(order) == twice.amount
        return
    payment = await payment_of(desk, order)
    refunds = [one for one in await desk.told(order) if isinstance(one, Refunded)]
    assert refunds[-1] == Refunded(twice, payment)


async def test_more_than_was_paid_never_goes_back(desk: Desk) -> None:
    desk.needs(Can.REFUND, Can.REFUND_PART)
    order, price = await desk.after(Act.PAY), desk.bench.price
    more = replace(price, amount=price.amount + 1)
    answer = await desk.provider.refund(
        checkout=order.checkout, amount=more, key=f"{order.reference}:more"
    )
    assert isinstance(answer, RefundFailed | Unknown)
    assert await desk.bench.given_back(order) == 0


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_an_error_behind_the_work_is_unknown_and_asking_again_gives_back_once(
    desk: Desk, after: int
) -> None:
    desk.needs(Can.REFUND, Can.STUMBLE)
    order, price = await desk.after(Act.PAY), desk.bench.price
    key = f"{order.reference}:refund"
    await desk.bench.stumble(calls=1, after=after)
    first = await desk.provider.refund(checkout=order.checkout, amount=price, key=key)
    await desk.bench.stumble(calls=0)
    again = await desk.provider.refund(checkout=order.checkout, amount=price, key=key)
    assert isinstance(first, Unknown) or first == again
    assert isinstance(again, Refunded | Pending)
    assert await desk.bench.given_back(order) == price.amount


async def test_a_refund_that_never_arrives_is_told_by_its_key(desk: Desk) -> None:
    desk.needs(Can.REFUND, Act.RETURN_FAILS)
    order = await desk.after(Act.PAY_UNRETURNABLE)
    price, key = desk.bench.price, f"{order.reference}:refund"
    answer = await desk.provider.refund(checkout=order.checkout, amount=price, key=key)
    assert isinstance(answer, Refunded | Pending)
    await desk.bench.act(order, Act.RETURN_FAILS)
    payment = await payment_of(desk, order)
    failed = RefundFailed(refund=key, payment=payment)
    assert (await desk.told(order))[1:] == (failed,)
    again = await desk.provider.refund(checkout=order.checkout, amount=price, key=key)
    assert again == failed
    assert await desk.bench.given_back(order) == 0


async def test_money_that_somebody_gave_back_without_us_is_seen(desk: Desk) -> None:
    order = await desk.after(Act.PAY, Act.GIVE_BACK)
    settled, refunded = await desk.told(order)
    assert isinstance(settled, Settled)
    assert refunded == Refunded(desk.bench.price, settled.payment)
