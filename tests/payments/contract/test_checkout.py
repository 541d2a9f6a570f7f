"""Opening a page: one a key, whatever breaks in between, and silence is Unknown."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from largesse.payments import (
    Action,
    CheckoutStarted,
    RequiresAction,
    Settled,
    Unknown,
)
from tests.payments.contract.bench import Act, Can, Desk, Order

# Longer than any adapter waits.
SLOW_SECONDS = 6


async def test_the_same_key_opens_the_same_page(desk: Desk) -> None:
    order = await desk.order()
    assert await desk.provider.start_checkout(order.wanted, key=order.key) == order.started
    if Can.PAGE not in desk.bench.cannot:
        assert order.started is not None
        assert order.started.checkout
        assert await desk.bench.checkouts(order) == 1


async def test_the_same_key_from_many_hands_at_once_opens_one_page(desk: Desk) -> None:
    desk.needs(Can.PAGE)
    order = Order(desk.wanted())
    answers = await asyncio.gather(
        *(desk.provider.start_checkout(order.wanted, key=order.key) for _ in range(5))
    )
    pages = {answer for answer in answers if isinstance(answer, CheckoutStarted)}
    assert len(pages) == 1
    assert await desk.bench.checkouts(order) == 1


async def test_two_orders_have_two_pages(desk: Desk) -> None:
    desk.needs(Can.PAGE)
    one, other = await desk.order(), await desk.order()
    assert one.checkout != other.checkout


async def test_a_page_that_nobody_touched_waits_for_its_payer(desk: Desk) -> None:
    desk.needs(Can.PAGE)
    assert await desk.told(await desk.order()) == (RequiresAction(Action.PAY, 1),)


async def test_an_order_that_the_provider_never_saw_is_unknown(desk: Desk) -> None:
    (outcome,) = await desk.provider.query(reference=desk.wanted().reference)
    assert isinstance(outcome, Unknown)


async def test_a_provider_that_does_not_answer_is_unknown_and_never_an_error(desk: Desk) -> None:
    gone, order = desk.unreachable(), await desk.order()
    if Can.PAGE not in desk.bench.cannot:
        assert isinstance(await gone.start_checkout(order.wanted, key=order.key), Unknown)
    (outcome,) = await gone.query(reference=order.reference, checkout=order.checkout)
    assert isinstance(outcome, Unknown)
    if Can.REFUND not in desk.bench.cannot:
        refund = await gone.refund(checkout=order.checkout, amount=desk.bench.price, key="r")
        assert isinstance(refund, Unknown)
    await gone.close_checkout(checkout=order.checkout)


async def test_an_error_behind_the_work_is_unknown_and_asking_again_finds_the_page(
    desk: Desk,
) -> None:
    desk.needs(Can.PAGE, Can.STUMBLE)
    order = Order(desk.wanted())
    await desk.bench.stumble(calls=1)
    first = await desk.provider.start_checkout(order.wanted, key=order.key)
    again = await desk.provider.start_checkout(order.wanted, key=order.key)
    # An adapter may look for itself, so the first answer may already be the page.
    assert isinstance(first, Unknown) or first == again
    assert isinstance(again, CheckoutStarted)
    assert await desk.bench.checkouts(order) == 1


async def test_an_answer_that_comes_too_late_is_unknown_and_asking_again_finds_the_page(
    desk: Desk,
) -> None:
    desk.needs(Can.PAGE, Can.STUMBLE)
    order = Order(desk.wanted())
    await desk.bench.stumble(calls=1, seconds=SLOW_SECONDS)
    first = await desk.provider.start_checkout(order.wanted, key=order.key)
    assert isinstance(first, Unknown)
    again = await desk.provider.start_checkout(order.wanted, key=order.key)
    if isinstance(again, Unknown):
        # Some refuse a key while its first call is still running.
        await asyncio.sleep(SLOW_SECONDS)
        again = await desk.provider.start_checkout(order.wanted, key=order.key)
    assert isinstance(again, CheckoutStarted)
    assert await desk.bench.checkouts(order) == 1


async def test_a_payment_is_found_though_we_never_learned_its_page(desk: Desk) -> None:
    desk.needs(Can.PAGE, Can.STUMBLE, Can.FIND)
    order = Order(desk.wanted())
    await desk.bench.stumble(calls=1)
    await desk.provider.start_checkout(order.wanted, key=order.key)
    await desk.bench.act(order, Act.PAY)
    (outcome,) = await desk.provider.query(reference=order.reference)
    assert isinstance(outcome, Settled)
    assert outcome.paid == desk.bench.price


async def test_asking_while_the_provider_stumbles_is_unknown_and_changes_nothing(
    desk: Desk,
) -> None:
    desk.needs(Can.STUMBLE)
    order = await desk.after(Act.PAY)
    before = await desk.told(order)
    await desk.bench.stumble(calls=1)
    (outcome,) = await desk.provider.query(reference=order.reference, checkout=order.checkout)
    assert isinstance(outcome, Unknown)
    assert await desk.told(order) == before


async def test_the_sum_is_asked_for_to_the_last_unit(desk: Desk) -> None:
    desk.needs(Can.PAGE)
    odd = replace(desk.bench.price, amount=desk.bench.price.amount + 1)
    order = await desk.after(Act.PAY, price=odd)
    (outcome,) = await desk.told(order)
    assert isinstance(outcome, Settled)
    assert outcome.paid == odd
