"""The gift budget: what the coins that leave a purse had cost, by day, week and month."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from largesse.ledger.errors import LimitReached
from largesse.ledger.rules import periods
from largesse.ledger.store import PurseRow


def counted(purse: PurseRow, micro: int, *, at: datetime) -> PurseRow:
    """Count towards the gift budget, or raise `LimitReached` for the first limit that is passed."""
    today = periods(at)
    day, week, month = purse.spent(today)
    for name, spent, limit in (
        ("day", day, purse.day_limit),
        ("week", week, purse.week_limit),
        ("month", month, purse.month_limit),
    ):
        if limit is not None and spent + micro > limit:
            raise LimitReached(
                period=name, left_micro=max(limit - spent, 0), currency=purse.currency
            )
    return replace(
        purse,
        day=max(purse.day, today.day),
        week=max(purse.week, today.week),
        month=max(purse.month, today.month),
        day_spent=day + micro,
        week_spent=week + micro,
        month_spent=month + micro,
    )


def given_back(purse: PurseRow, micro: int, *, counted_at: datetime) -> PurseRow:
    """Take back what was counted at a moment, where its day, week or month is not over."""
    then = periods(counted_at)
    return replace(
        purse,
        day_spent=purse.day_spent - (micro if purse.day == then.day else 0),
        week_spent=purse.week_spent - (micro if purse.week == then.week else 0),
        month_spent=purse.month_spent - (micro if purse.month == then.month else 0),
    )
