"""The order machine: every listed transition happens, and no other can."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.money import Money
from largesse.payments import (
    Abandoned,
    Action,
    Declined,
    DeclineReason,
    Disputed,
    DisputeStage,
    Outcome,
    Pending,
    Refunded,
    RefundFailed,
    RequiresAction,
    Settled,
    Unknown,
)
from largesse.recharge import Recharge, RechargeRules, State, model
from largesse.recharge.claims import model as claims_model
from largesse.recharge.claims.model import (
    ClaimKind,
    Claims,
    RechargeDispute,
    RechargeRefund,
    RefundState,
    Said,
)
from largesse.recharge.model import Advance, Effect, Step
from tests.recharge.orders import NOON, order

RULES = RechargeRules()
RIGHT = Money(499, "USD")

# The order states as the public interface lists them.
LISTED = {
    "review": "awaiting_payment cancelled expired",
    "awaiting_payment": "processing credited declined cancelled expired",
    "processing": "credited declined awaiting_payment",
    "expired": "credited",
    "cancelled": "credited",
    "credited": "partially_refunded refunded disputed",
    "disputed": "credited lost",
}

OUTCOMES: list[Outcome] = [
    Settled(RIGHT, "cko_1"),
    Settled(Money(498, "USD"), "cko_1"),
    Settled(Money(499, "EUR"), "cko_1"),
    *(Pending(attempt) for attempt in (1, 2, 3)),
    *(RequiresAction(action, attempt) for action in Action for attempt in (1, 2, 3)),
    *(
        Declined(reason, attempt, is_last)
        for reason in DeclineReason
        for attempt in (1, 2, 3)
        for is_last in (False, True)
    ),
    Abandoned(),
    Refunded(RIGHT, "cko_1"),
    Refunded(Money(1, "USD"), "cko_1"),
    *(Disputed(stage, "cko_1", name) for stage in DisputeStage for name in ("", "d1", "d2")),
    RefundFailed("rfd_unknown", "cko_1"),
    Unknown("timeout"),
]


def refund(state: RefundState, *, amount: int = 499) -> RechargeRefund:
    """A refund of an order; it ended at noon, if it ended."""
    return RechargeRefund(
        UUID(int=9), UUID(int=7), "key", state, 350, 0, amount, 0, NOON,
        ended_at=None if state.is_open else NOON,
    )  # fmt: skip


def dispute(name: str, stage: DisputeStage, *, in_books: bool = True) -> RechargeDispute:
    """A dispute by the buyer's bank."""
    return RechargeDispute(
        UUID(int=10), UUID(int=7), ClaimKind.BANK, name, stage, in_books, 0, "", NOON
    )


CLAIMS = [
    Claims(),
    *(Claims((refund(state, amount=amount),)) for state in RefundState for amount in (100, 499)),
    *(Claims((), (dispute("d1", stage),)) for stage in DisputeStage),
    *(Claims((), (dispute("d1", stage, in_books=False),)) for stage in DisputeStage),
    Claims((refund(RefundState.ASKED),), (dispute("d1", DisputeStage.OPENED),)),
]


def advances(before: Recharge, outcome: Outcome) -> list[Advance]:
    """What a fact does to an order, for all that may be known of it."""
    if isinstance(outcome, Refunded | RefundFailed | Disputed):
        return [claims_model.advance_claim(before, outcome, claims) for claims in CLAIMS]
    return [model.advance(before, outcome)]


def every_order() -> Iterator[Recharge]:
    for state in State:
        for done in (0, 1, 2):
            for dispute in (None, "opened"):
                yield order(state, attempts_done=done, attempts_seen=done, dispute=dispute)


def moves() -> set[tuple[str, str]]:
    """Every move that anything at all can cause."""
    found = set()
    for before in every_order():
        afters = [after for outcome in OUTCOMES for after in advances(before, outcome)]
        for claims in CLAIMS:
            afters.append(claims_model.end_refund(before, claims, Step("refund_done", {})))
            afters.append(claims_model.catch_up(before, claims))
        afters.append(model.expire(before, now=before.expires_at))
        if before.state is State.REVIEW:
            afters.append(model.confirm(before, now=NOON, rules=RULES))
        for after in afters:
            if after.recharge.state is not before.state:
                found.add((str(before.state), str(after.recharge.state)))
    return found


def test_the_table_is_the_published_one() -> None:
    table = {str(state): {str(to) for to in tos} for state, tos in model.TRANSITIONS.items()}
    assert {state: tos for state, tos in table.items() if tos} == {
        state: set(tos.split()) for state, tos in LISTED.items()
    }


def test_every_listed_transition_happens_and_no_other() -> None:
    by_the_buyer = {("review", "cancelled"), ("awaiting_payment", "cancelled")}
    listed = {(state, to) for state, tos in LISTED.items() for to in tos.split()}
    assert moves() | by_the_buyer == listed


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_a_move_that_is_not_listed_is_our_own_mistake(before: State, after: State) -> None:
    if after in model.TRANSITIONS[before]:
        assert model.move(order(before), after, "moved").recharge.state is after
    else:
        with pytest.raises(AssertionError):
            model.move(order(before), after, "moved")


@pytest.mark.parametrize("before", list(every_order()))
def test_coins_are_credited_only_for_the_exact_price_and_only_once(before: Recharge) -> None:
    for after, outcome in [(after, one) for one in OUTCOMES for after in advances(before, one)]:
        if after.effect is Effect.CREDIT:
            assert outcome == Settled(RIGHT, "cko_1")
            assert before.state in model.OPEN
            again = model.advance(after.recharge, outcome)
            assert again.effect is Effect.NOTHING
            assert again.step is None


@pytest.mark.parametrize("before", list(every_order()))
def test_the_same_fact_twice_changes_nothing_more(before: Recharge) -> None:
    for outcome in OUTCOMES:
        once = model.advance(before, outcome).recharge
        if (before.state, outcome) == (State.PROCESSING, Abandoned()):
            # Two words end it: the first that nothing runs any more, the second that nobody came.
            once = model.advance(once, outcome).recharge
        assert model.advance(once, outcome).recharge == once


def test_an_old_decline_does_not_touch_a_payment_that_runs() -> None:
    running = order(State.PROCESSING, attempts_done=1, attempts_seen=2)
    old = Declined(DeclineReason.CARD_DECLINED, attempt=1, is_last=False)
    assert model.advance(running, old).recharge == running


def test_an_old_dispute_does_not_open_again_after_it_was_won() -> None:
    won = Claims((), (dispute("d1", DisputeStage.WON),))
    opened = Disputed(DisputeStage.OPENED, "cko_1", "d1")
    assert claims_model.advance_claim(order(State.CREDITED), opened, won) == Advance(
        order(State.CREDITED)
    )


def test_a_dispute_that_was_decided_had_been_opened() -> None:
    lost = Disputed(DisputeStage.LOST, "cko_1", "d1")
    told = claims_model.in_order(lost, Claims())
    assert [one.stage for one in told] == [DisputeStage.OPENED, DisputeStage.LOST]
    known = Claims((), (dispute("d1", DisputeStage.OPENED),))
    assert claims_model.in_order(lost, known) == (lost,)


def test_a_second_dispute_waits_for_the_first_and_then_opens() -> None:
    second = Disputed(DisputeStage.OPENED, "cko_1", "d2")
    first = Claims((), (dispute("d1", DisputeStage.OPENED),))
    after = claims_model.advance_claim(order(State.DISPUTED), second, first)
    assert after == Advance(order(State.DISPUTED), effect=Effect.PARK)
    won = Claims((), (dispute("d1", DisputeStage.WON),))
    after = claims_model.advance_claim(order(State.CREDITED), second, won)
    assert (after.recharge.state, after.effect) == (State.DISPUTED, Effect.OPEN_DISPUTE)


def test_a_dispute_waits_for_a_refund_that_is_under_way() -> None:
    waiting = Claims((refund(RefundState.PENDING),))
    for stage in DisputeStage:
        told = Disputed(stage, "cko_1", "d1")
        after = claims_model.advance_claim(order(State.CREDITED), told, waiting)
        assert after == Advance(order(State.CREDITED), effect=Effect.PARK)


def test_a_refund_that_comes_back_waits_for_an_open_dispute() -> None:
    done = refund(RefundState.DONE)
    both = Claims((done,), (dispute("d1", DisputeStage.OPENED),))
    told = RefundFailed(done.reference, "cko_1")
    after = claims_model.advance_claim(order(State.DISPUTED), told, both)
    assert after == Advance(order(State.DISPUTED), effect=Effect.PARK)


def test_a_word_against_what_was_decided_is_shown_to_a_person() -> None:
    won = Claims((), (dispute("d1", DisputeStage.WON),))
    lost = Disputed(DisputeStage.LOST, "cko_1", "d1")
    after = claims_model.advance_claim(order(State.CREDITED), lost, won)
    assert (after.effect, after.reason) == (Effect.SUSPENSE, "dispute_contradicted")
    assert after.recharge == order(State.CREDITED)


@pytest.mark.parametrize("state", sorted(set(State) - model.PAID))
def test_a_claim_on_an_order_without_its_coins_waits_for_them(state: State) -> None:
    for outcome in OUTCOMES:
        if isinstance(outcome, Refunded | RefundFailed | Disputed):
            assert advances(order(state), outcome) == [
                Advance(order(state), effect=Effect.PARK)
            ] * len(CLAIMS)


def test_what_we_asked_for_is_no_news_when_the_provider_tells_it() -> None:
    for state in (RefundState.ASKED, RefundState.PENDING, RefundState.DONE):
        ours = Claims((refund(state),))
        after = claims_model.advance_claim(order(State.CREDITED), Refunded(RIGHT, "cko_1"), ours)
        assert after == Advance(order(State.CREDITED))


def test_a_whole_refund_that_nobody_asked_for_takes_the_coins_back() -> None:
    after = claims_model.advance_claim(
        order(State.CREDITED),
        Refunded(RIGHT, "cko_1"),
        Claims((refund(RefundState.DONE, amount=100),)),
    )
    assert (after.recharge.state, after.effect) == (State.REFUNDED, Effect.TAKE_BACK)
    assert after.recharge.given_back == 399


def test_a_part_that_nobody_asked_for_is_shown_to_a_person() -> None:
    after = claims_model.advance_claim(
        order(State.CREDITED), Refunded(Money(100, "USD"), "cko_1"), Claims()
    )
    assert (after.recharge.state, after.effect) == (State.PARTIALLY_REFUNDED, Effect.SUSPENSE)
    again = claims_model.advance_claim(
        after.recharge, Refunded(Money(99, "USD"), "cko_1"), Claims()
    )
    assert again == Advance(after.recharge)


def one(amount: int, key: str) -> Refunded:
    """A refund as a provider tells it that knows no sums."""
    return Refunded(Money(amount, "USD"), "cko_1", refund=key)


def test_refunds_that_are_told_one_at_a_time_add_up_to_all_that_went_back() -> None:
    """Ours of 250 is no news; the console's 249 beside it make it the whole payment."""
    mine = refund(RefundState.DONE, amount=250)
    partly, claims = order(State.PARTIALLY_REFUNDED), Claims((mine,))
    known = claims_model.advance_claim(partly, one(250, mine.reference), claims)
    assert known == Advance(partly)
    whole = claims_model.advance_claim(partly, one(249, "console-1"), claims)
    assert (whole.effect, whole.recharge.given_back) == (Effect.TAKE_BACK, 249)
    first = claims_model.advance_claim(order(State.CREDITED), one(200, "console-1"), Claims())
    assert (first.effect, first.reason) == (Effect.SUSPENSE, "refunded_in_part")
    second = claims_model.advance_claim(first.recharge, one(299, "console-2"), Claims())
    assert (second.effect, second.recharge.given_back) == (Effect.TAKE_BACK, 499)


def test_a_refund_that_cannot_be_asked_about_again_waits_and_is_never_dropped() -> None:
    running = Claims((refund(RefundState.PENDING, amount=100),))
    waits = claims_model.advance_claim(order(State.CREDITED), one(399, "console-1"), running)
    assert waits.effect is Effect.PARK
    failed = Claims((refund(RefundState.FAILED),))
    told = claims_model.advance_claim(order(State.CREDITED), one(499, "console-1"), failed)
    assert told.effect is Effect.TAKE_BACK
    late = one(499, failed.refunds[0].reference)
    strange = claims_model.advance_claim(order(State.CREDITED), late, failed)
    assert (strange.effect, strange.reason) == (Effect.SUSPENSE, "refunded_after_failure")


def test_an_old_notice_about_a_refund_that_failed_is_checked_before_it_is_believed() -> None:
    failed = Claims((refund(RefundState.FAILED),))
    told = Refunded(RIGHT, "cko_1")
    old = claims_model.advance_claim(order(State.CREDITED), told, failed)
    assert old == Advance(order(State.CREDITED), effect=Effect.LOOK_AGAIN)
    asked_before = claims_model.advance_claim(
        order(State.CREDITED), told, failed, said=Said(asked_at=NOON)
    )
    assert asked_before == old
    fresh = claims_model.advance_claim(
        order(State.CREDITED), told, failed, said=Said(asked_at=NOON + timedelta(seconds=1))
    )
    assert fresh.effect is Effect.TAKE_BACK
    knowing = Said(failed=frozenset({failed.refunds[0].reference}))
    told_with_it = claims_model.advance_claim(order(State.CREDITED), told, failed, said=knowing)
    assert told_with_it.effect is Effect.TAKE_BACK


def test_a_refund_that_comes_back_after_it_was_done_brings_its_coins_again() -> None:
    done = refund(RefundState.DONE)
    told = RefundFailed(done.reference, "cko_1")
    after = claims_model.advance_claim(order(State.REFUNDED), told, Claims((done,)))
    assert after.effect is Effect.RETURN_REFUND
    returned = Claims((refund(RefundState.RETURNED),))
    assert (
        claims_model.advance_claim(order(State.REFUNDED), told, returned).effect is Effect.NOTHING
    )


def test_a_refund_is_asked_about_for_ever_but_ever_less_often() -> None:
    asked = refund(RefundState.ASKED)
    gaps = [
        claims_model.refund_check(replace(asked, tries=tries), now=NOON, rules=RULES) - NOON
        for tries in (0, 1, 2, 30, 3000)
    ]
    assert gaps == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 3600, 3600)]


def test_a_payment_on_its_way_never_expires() -> None:
    running = order(State.PROCESSING)
    assert model.expire(running, now=NOON + timedelta(days=9)).recharge == running


def test_an_order_is_asked_about_ever_less_often_and_in_the_end_not_at_all() -> None:
    before = model.confirm(order(State.REVIEW), now=NOON, rules=RULES).recharge
    now, gaps = NOON, []
    while True:
        following = model.next_check(before, now=now, rules=RULES)
        if following is None:
            break
        gaps.append(int((following - now).total_seconds()))
        now = following
    assert gaps[0] == RULES.first_check_seconds
    assert gaps == sorted(gaps)
    assert gaps[-1] == RULES.check_seconds_max
    assert now > before.expires_at + timedelta(days=RULES.late_days)
    assert len(gaps) < 250


def test_a_bank_that_takes_two_weeks_is_asked_until_it_has_answered() -> None:
    running = order(State.PROCESSING, confirmed_at=NOON)
    now = NOON + timedelta(days=RULES.late_days + 7)
    following = model.next_check(running, now=now, rules=RULES)
    assert following == now + timedelta(seconds=RULES.check_seconds_max)


@pytest.mark.parametrize("state", sorted(model.PAID))
def test_an_open_dispute_is_asked_about_wherever_its_order_stands(state: State) -> None:
    disputed = order(state, confirmed_at=NOON, dispute="opened")
    following = model.next_check(disputed, now=NOON, rules=RULES)
    assert following == NOON + timedelta(seconds=RULES.dispute_check_seconds)
    decided = replace(disputed, dispute="won")
    assert model.next_check(decided, now=NOON, rules=RULES) is None


@pytest.mark.parametrize("state", sorted(set(State) - model.OPEN))
def test_an_order_that_takes_no_payment_is_not_asked_about(state: State) -> None:
    assert model.next_check(order(state, confirmed_at=NOON), now=NOON, rules=RULES) is None


# What a provider says in the course of one order, each notice with all facts up to then.
STORY: list[tuple[Outcome, ...]] = [
    (Pending(1),),
    (Declined(DeclineReason.CARD_DECLINED, 1, is_last=False),),
    (RequiresAction(Action.AUTHENTICATE, 2),),
    (Abandoned(),),
    (Settled(RIGHT, "cko_1"),),
    (Unknown("timeout"),),
]


@given(told=st.permutations(STORY), again=st.lists(st.sampled_from(STORY), max_size=6))
def test_notices_in_any_order_and_number_end_in_the_same_place(
    told: list[tuple[Outcome, ...]], again: list[tuple[Outcome, ...]]
) -> None:
    now, credited = order(State.AWAITING_PAYMENT), 0
    for outcome in [fact for notice in [*told, *again] for fact in notice]:
        after = model.advance(now, outcome)
        now, credited = after.recharge, credited + (after.effect is Effect.CREDIT)
    assert (now.state, credited) == (State.CREDITED, 1)


def test_a_sum_that_may_be_old_is_never_a_part_of_itself() -> None:
    """Most of it could be a refund that failed; what is over is no sum to act upon either."""
    failed = Claims((refund(RefundState.FAILED, amount=497),))
    told = claims_model.advance_claim(order(State.CREDITED), Refunded(RIGHT, "cko_1"), failed)
    assert told == Advance(order(State.CREDITED), effect=Effect.LOOK_AGAIN)
