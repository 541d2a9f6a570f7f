"""The order machine: every listed transition happens, and no other can."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

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
    RequiresAction,
    Settled,
    Unknown,
)
from largesse.recharge import Recharge, RechargeRules, State, model
from largesse.recharge.model import Effect
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
    *(Disputed(stage, "cko_1") for stage in DisputeStage),
    Unknown("timeout"),
]


def every_order() -> Iterator[Recharge]:
    for state in State:
        for done in (0, 1, 2):
            for dispute in (None, "opened"):
                yield order(state, attempts_done=done, attempts_seen=done, dispute=dispute)


def moves() -> set[tuple[str, str]]:
    """Every move that anything at all can cause."""
    found = set()
    for before in every_order():
        afters = [model.advance(before, outcome) for outcome in OUTCOMES]
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
    for outcome in OUTCOMES:
        after = model.advance(before, outcome)
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
    opened = model.advance(order(State.CREDITED), Disputed(DisputeStage.OPENED, "cko_1"))
    won = model.advance(opened.recharge, Disputed(DisputeStage.WON, "cko_1"))
    again = model.advance(won.recharge, Disputed(DisputeStage.OPENED, "cko_1"))
    assert again.recharge.state is State.CREDITED
    assert again.step is None


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
    (Settled(RIGHT, "cko_1"), Disputed(DisputeStage.OPENED, "cko_1")),
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
    assert (now.state, credited) == (State.DISPUTED, 1)
