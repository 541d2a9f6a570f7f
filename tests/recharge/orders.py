"""Orders made by hand, for rules that need no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from largesse.recharge import Recharge, State

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

REVIEW = Recharge(
    id=UUID(int=7),
    account=1000,
    person=UUID(int=8),
    state=State.REVIEW,
    pack=None,
    country="US",
    coins=350,
    promo_coins=0,
    promo_days=180,
    currency="USD",
    price=499,
    tax=0,
    total=499,
    method="card",
    provider="sandbox",
    return_url="https://example.org/",
    terms="2026-11",
    attempts_done=0,
    attempts_seen=0,
    dispute=None,
    checkout=None,
    checkout_url=None,
    made_at=NOON,
    expires_at=NOON + timedelta(minutes=15),
    confirmed_at=None,
    next_check_at=None,
)


def order(state: State, **more: Any) -> Recharge:
    """An order in this state."""
    return replace(REVIEW, state=state, **more)
