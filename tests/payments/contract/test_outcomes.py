"""Each thing that can become of a payment has its one word, asked by our id and by theirs."""

from __future__ import annotations

import pytest

from largesse.payments import (
    Abandoned,
    Action,
    Declined,
    DeclineReason,
    Disputed,
    DisputeStage,
    Pending,
    RequiresAction,
    Settled,
)
from tests.payments.contract.bench import Act, Can, Desk


async def test_a_payment_is_settled_with_what_was_really_paid(desk: Desk) -> None:
    (outcome,) = await desk.told(await desk.after(Act.PAY))
    assert isinstance(outcome, Settled)
    assert outcome.paid == desk.bench.price
    assert outcome.payment
    assert not outcome.misfit


async def test_each_payment_has_its_own_id(desk: Desk) -> None:
    one, other = await desk.after(Act.PAY), await desk.after(Act.PAY)
    payments = {
        outcome.payment
        for order in (one, other)
        for outcome in await desk.told(order)
        if isinstance(outcome, Settled)
    }
    assert len(payments) == 2


async def test_what_was_kept_is_never_more_than_what_was_paid(desk: Desk) -> None:
    stated = desk.provider.fee(desk.bench.price)
    assert 0 <= stated.amount <= desk.bench.price.amount
    assert stated.currency == desk.bench.price.currency
    (outcome,) = await desk.told(await desk.after(Act.PAY))
    assert isinstance(outcome, Settled)
    if outcome.fee is not None:
        assert 0 <= outcome.fee.amount <= desk.bench.price.amount
        assert outcome.fee.currency == desk.bench.price.currency


async def test_a_payment_that_the_bank_still_works_on_is_pending(desk: Desk) -> None:
    (outcome,) = await desk.told(await desk.after(Act.PAY_SLOWLY))
    assert isinstance(outcome, Pending)
    # Where tries are not numbered, a payment that runs comes behind any that was declined.
    assert outcome.attempt >= 1


async def test_a_slow_payment_is_settled_once_the_bank_says_yes(desk: Desk) -> None:
    order = await desk.after(Act.PAY_SLOWLY, Act.CLEAR)
    *_, outcome = await desk.told(order)
    assert isinstance(outcome, Settled)
    assert outcome.paid == order.wanted.price


async def test_a_slow_payment_that_bounces_is_no_money(desk: Desk) -> None:
    (outcome,) = await desk.told(await desk.after(Act.PAY_SLOWLY, Act.BOUNCE))
    assert isinstance(outcome, Declined | Abandoned)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (Act.DECLINE, DeclineReason.CARD_DECLINED),
        (Act.DECLINE_POOR, DeclineReason.INSUFFICIENT_FUNDS),
        (Act.FAIL_STEP, DeclineReason.AUTHENTICATION_FAILED),
    ],
)
async def test_a_decline_has_a_reason_that_its_payer_may_know(
    desk: Desk, act: Act, reason: DeclineReason
) -> None:
    assert await desk.told(await desk.after(act)) == (Declined(reason, 1, is_last=False),)


async def test_each_declined_try_has_a_number_of_its_own(desk: Desk) -> None:
    (outcome,) = await desk.told(await desk.after(Act.DECLINE, Act.DECLINE_POOR))
    assert outcome == Declined(DeclineReason.INSUFFICIENT_FUNDS, 2, is_last=False)


async def test_a_payment_after_a_decline_is_settled(desk: Desk) -> None:
    *_, outcome = await desk.told(await desk.after(Act.DECLINE, Act.PAY))
    assert isinstance(outcome, Settled)


async def test_a_step_that_the_bank_asks_for_is_the_payers(desk: Desk) -> None:
    outcomes = await desk.told(await desk.after(Act.ASK))
    assert outcomes == (RequiresAction(Action.AUTHENTICATE, 1),)


async def test_a_page_whose_time_ran_out_is_abandoned(desk: Desk) -> None:
    assert await desk.told(await desk.after(Act.ABANDON)) == (Abandoned(),)


async def test_a_page_that_we_close_takes_no_payment(desk: Desk) -> None:
    desk.needs(Can.PAGE, Can.CLOSE)
    order = await desk.order()
    await desk.provider.close_checkout(checkout=order.checkout)
    assert await desk.told(order) == (Abandoned(),)


async def test_closing_a_page_that_was_paid_leaves_the_payment(desk: Desk) -> None:
    desk.needs(Can.PAGE)
    order = await desk.after(Act.PAY)
    await desk.provider.close_checkout(checkout=order.checkout)
    (outcome,) = await desk.told(order)
    assert isinstance(outcome, Settled)


async def test_a_dispute_is_told_behind_its_payment(desk: Desk) -> None:
    settled, disputed = await desk.told(await desk.after(Act.PAY, Act.DISPUTE))
    assert isinstance(settled, Settled)
    assert isinstance(disputed, Disputed)
    assert disputed.stage is DisputeStage.OPENED
    assert disputed.payment == settled.payment
    assert disputed.dispute


@pytest.mark.parametrize(
    ("act", "stage"), [(Act.WIN, DisputeStage.WON), (Act.LOSE, DisputeStage.LOST)]
)
async def test_a_decided_dispute_tells_both_ends(desk: Desk, act: Act, stage: DisputeStage) -> None:
    _, opened, decided = await desk.told(await desk.after(Act.PAY, Act.DISPUTE, act))
    assert isinstance(opened, Disputed)
    assert isinstance(decided, Disputed)
    assert (opened.stage, decided.stage) == (DisputeStage.OPENED, stage)
    assert decided.dispute == opened.dispute
