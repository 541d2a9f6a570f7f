"""When auto-recharge buys, waits or stops: pure rules, time as an argument."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from uuid import UUID

from largesse.kernel.money import Money
from largesse.ledger import Purse
from largesse.recharge.model import Recharge, State

# Declines in a row after which only the person themselves can switch it on again.
DECLINES_MAX = 3
RETRY = timedelta(hours=6)
# How long to leave alone what the person's own limits, or a silent house, hold back.
WAIT = timedelta(minutes=10)
# How long the bank's question may wait for an answer.
PAYABLE = timedelta(days=1)


class AutoState(StrEnum):
    """Whether it watches the purse. Paused is its own doing, off its owner's."""

    ON = "on"
    PAUSED = "paused"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class AutoRecharge:
    """What one person agreed to: below so many coins buy this pack, up to so much a month.

    `price` is what the pack cost when it was agreed to; it is never charged more.
    """

    person: int
    threshold: int
    pack: UUID
    method: UUID
    currency: str
    price: int
    cap: int
    state: AutoState
    next_check_at: datetime
    set_at: datetime
    paused_why: str | None = None
    declines: int = 0
    last_at: datetime | None = None

    @property
    def cap_money(self) -> Money:
        """The most that may be charged in a calendar month (UTC)."""
        return Money(self.cap, self.currency)


class End(Enum):
    """How an order of auto-recharge came out."""

    WAITS = "waits"
    PAID = "paid"
    DECLINED = "declined"
    UNCONFIRMED = "unconfirmed"
    CANCELLED = "cancelled"
    NEVER_TOLD = "never_told"


def end_of(recharge: Recharge) -> End:
    """How it came out, as far as the order tells."""
    match recharge.state:
        case State.REVIEW | State.PROCESSING:
            return End.WAITS
        case State.AWAITING_PAYMENT:
            # A page is open where the bank asks; without one, every try of ours has ended.
            is_declined = recharge.checkout_url is None and recharge.attempts_done > 0
            is_last = recharge.attempts_done >= recharge.attempts_seen
            return End.DECLINED if is_declined and is_last else End.WAITS
        case State.DECLINED:
            return End.DECLINED
        case State.CANCELLED:
            return End.CANCELLED
        case State.EXPIRED:
            if recharge.checkout_url is not None:
                return End.UNCONFIRMED
            return End.DECLINED if recharge.attempts_done else End.NEVER_TOLD
        case _:
            return End.PAID


def after(auto: AutoRecharge, end: End, *, now: datetime) -> AutoRecharge:
    """The agreement once an order came out like this; one that is not on stays as it is."""
    if auto.state is not AutoState.ON:
        return auto
    match end:
        case End.WAITS:
            return auto
        case End.PAID:
            return replace(auto, declines=0, next_check_at=now)
        case End.DECLINED if auto.declines + 1 < DECLINES_MAX:
            return replace(auto, declines=auto.declines + 1, next_check_at=now + RETRY)
        case End.DECLINED:
            return paused(replace(auto, declines=auto.declines + 1), "payment_declined")
        case End.UNCONFIRMED:
            return paused(auto, "bank_not_confirmed")
        case End.CANCELLED:
            return paused(auto, "order_cancelled")
        case End.NEVER_TOLD:
            # The money may have moved: another order now could take it a second time.
            return paused(auto, "payment_unknown")


def paused(auto: AutoRecharge, why: str) -> AutoRecharge:
    """Stopped until its owner sets it again."""
    return replace(auto, state=AutoState.PAUSED, paused_why=why)


def waits_until(
    auto: AutoRecharge, purse: Purse, *, spent: int, now: datetime
) -> tuple[datetime, str] | None:
    """Until when the person's own limits hold it back, and which; None when nothing does."""
    if spent + auto.price > auto.cap:
        return next_month(now), "auto_capped"
    limits = purse.limits
    for used, limit in (
        (purse.spent_day_micro, limits.day),
        (purse.spent_week_micro, limits.week),
        (purse.spent_month_micro, limits.month),
    ):
        if limit is not None and used >= limit:
            return now + WAIT, "limit_reached"
    return None


def month_of(moment: datetime) -> datetime:
    """When this month began, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(moment: datetime) -> datetime:
    """When the next month begins, in UTC."""
    return month_of(month_of(moment) + timedelta(days=31))
