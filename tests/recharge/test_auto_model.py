"""How an order of auto-recharge came out, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from largesse.recharge import State
from largesse.recharge.saved.auto_model import (
    DECLINES_MAX,
    RETRY,
    AutoRecharge,
    AutoState,
    End,
    after,
    end_of,
    month_of,
    next_month,
)
from tests.recharge.orders import NOON, order

AGREED = AutoRecharge(
    person=1000,
    threshold=60,
    pack=UUID(int=1),
    method=UUID(int=2),
    currency="USD",
    price=99,
    cap=500,
    state=AutoState.ON,
    next_check_at=NOON,
    set_at=NOON,
)


@pytest.mark.parametrize(
    ("state", "facts", "end"),
    [
        (State.AWAITING_PAYMENT, {}, End.WAITS),
        (State.AWAITING_PAYMENT, {"attempts_seen": 1}, End.WAITS),
        (State.AWAITING_PAYMENT, {"attempts_seen": 1, "attempts_done": 1}, End.DECLINED),
        (
            State.AWAITING_PAYMENT,
            {"attempts_seen": 2, "attempts_done": 2, "checkout_url": "http://x/"},
            End.WAITS,
        ),
        (State.PROCESSING, {"attempts_seen": 1}, End.WAITS),
        (State.DECLINED, {"attempts_done": 5}, End.DECLINED),
        (State.CANCELLED, {}, End.CANCELLED),
        (State.EXPIRED, {"checkout_url": "http://x/"}, End.UNCONFIRMED),
        (State.EXPIRED, {"attempts_done": 1}, End.DECLINED),
        (State.EXPIRED, {}, End.NEVER_TOLD),
        (State.CREDITED, {}, End.PAID),
        (State.REFUNDED, {}, End.PAID),
        (State.DISPUTED, {}, End.PAID),
    ],
)
def test_every_order_comes_out_one_way(state: State, facts: dict[str, object], end: End) -> None:
    assert end_of(order(state, **facts)) is end


def test_declines_wait_longer_and_stop_it_at_the_last() -> None:
    agreed = AGREED
    for number in range(1, DECLINES_MAX):
        agreed = after(agreed, End.DECLINED, now=NOON)
        assert (agreed.state, agreed.declines) == (AutoState.ON, number)
        assert agreed.next_check_at == NOON + RETRY
    assert after(agreed, End.PAID, now=NOON).declines == 0
    stopped = after(agreed, End.DECLINED, now=NOON)
    assert (stopped.state, stopped.paused_why) == (AutoState.PAUSED, "payment_declined")


@pytest.mark.parametrize("state", [AutoState.OFF, AutoState.PAUSED])
@pytest.mark.parametrize("end", End)
def test_what_is_not_on_is_not_switched_by_an_order(state: AutoState, end: End) -> None:
    agreed = replace(AGREED, state=state)
    assert after(agreed, end, now=NOON) == agreed


@pytest.mark.parametrize(
    ("moment", "begins", "ends"),
    [
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), (2026, 12), (2027, 1)),
        (datetime(2028, 2, 29, tzinfo=UTC), (2028, 2), (2028, 3)),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), (2026, 1), (2026, 2)),
    ],
)
def test_months_are_calendar_months(
    moment: datetime, begins: tuple[int, int], ends: tuple[int, int]
) -> None:
    assert month_of(moment) == datetime(*begins, 1, tzinfo=UTC)
    assert next_month(moment) == datetime(*ends, 1, tzinfo=UTC)
    assert next_month(moment) - timedelta(seconds=1) >= moment - timedelta(seconds=1)
