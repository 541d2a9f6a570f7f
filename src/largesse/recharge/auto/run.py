"""Buy the agreed pack for whoever has fewer coins than they wanted to have.

Never in a gift's transaction: a sweeper looks at the purses, so a gift costs nothing
more. What it buys is an ordinary order, noted and committed before anybody is charged;
a crash in between leaves it to the sweeper of orders, which charges with the same key.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog

from largesse import ledger
from largesse.kernel.database import Connection
from largesse.kernel.errors import LargesseError
from largesse.ledger import Purse
from largesse.payments import KeepsMethods
from largesse.people import Viewer, has_second_factor, person_by_no
from largesse.recharge import model, store
from largesse.recharge.auto.follow import follow_auto_recharge
from largesse.recharge.charge import begin_payment
from largesse.recharge.help import store as health_store
from largesse.recharge.model import Recharge, Step
from largesse.recharge.quote import Wish, quote
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.reductions.uses import use_up
from largesse.recharge.rounds import act_on_all
from largesse.recharge.saved import auto_model, auto_store
from largesse.recharge.saved import store as saved_store
from largesse.recharge.saved.auto_model import PAYABLE, WAIT, AutoRecharge, AutoState
from largesse.recharge.saved.auto_news import announce
from largesse.recharge.settle import tell_all

# People looked at in one query, and orders concluded in one round.
ROUND_MAX = 1000

log = structlog.get_logger("largesse.recharge")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a look at one purse: an order to charge, or why not now."""

    order: Recharge | None = None
    news: tuple[RechargeNews, ...] = ()


class _Stop(Exception):
    """Auto-recharge has to stop until its owner has seen to it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def sweep_auto_recharges(recharging: Recharging, *, now: datetime) -> int:
    """Conclude what came out, then buy for everybody who is short; returns how many orders.

    Safe on many workers at once: the agreement's row is held while an order is made, and
    nobody ever has two under way.
    """
    async with recharging.database.read() as connection:
        over = await auto_store.came_out(connection, limit=ROUND_MAX)
    at_once = recharging.rules.checks_at_once

    async def follow(recharge: UUID) -> None:
        await follow_auto_recharge(recharging, recharge, now=now)

    async def buy(person: int) -> bool:
        return await buy_automatically(recharging, person, now=now)

    await act_on_all(over, follow, at_once=at_once, doing="auto_recharge_follow")
    bought, last = 0, 0
    while True:
        async with recharging.database.read() as connection:
            floors = await auto_store.watching(connection, after=last, now=now, limit=ROUND_MAX)
            short = await ledger.purses_below(connection, floors) if floors else set()
        bought += await act_on_all(short, buy, at_once=at_once, doing="auto_recharge")
        if len(floors) < ROUND_MAX:
            return bought
        last = max(floors)


async def buy_automatically(recharging: Recharging, person: int, *, now: datetime) -> bool:
    """Make one order for this person and charge it, if they are short and nothing speaks against."""
    async with recharging.database.work() as connection:
        came = await _intended(connection, recharging, person, now=now)
    tell_all(recharging, came.news)
    if came.order is None:
        return False
    await begin_payment(recharging, came.order, now=now)
    await follow_auto_recharge(recharging, came.order.id, now=now)
    return True


async def _intended(
    connection: Connection, recharging: Recharging, person: int, *, now: datetime
) -> _Outcome:
    """The order, as awaiting its payment; everything that forbids it is checked beside it."""
    auto = await auto_store.locked(connection, person=person, skip_busy=True)
    if auto is None or auto.state is not AutoState.ON or auto.next_check_at > now:
        return _Outcome()
    if await auto_store.under_way(connection, person=person) is not None:
        return _Outcome()
    purse = await ledger.purse(connection, person, at=now)
    if purse.spendable >= auto.threshold:
        return _Outcome()
    owner = await person_by_no(connection, no=person)
    try:
        await _require_allowed(connection, auto, purse, now=now)
        spent = await auto_store.spent_since(
            connection, person=person, since=auto_model.month_of(now)
        )
        held_back = auto_model.waits_until(auto, purse, spent=spent, now=now)
        if held_back is not None or not await _is_open(connection, recharging, auto):
            until, what = held_back or (now + WAIT, "provider_away")
            return await _waiting(
                connection, recharging, auto, owner=owner, until=until, what=what, now=now
            )
        order = await _ordered(connection, recharging, auto, owner, now=now)
    except _Stop as stop:
        await auto_store.put(connection, auto_model.paused(auto, stop.why))
        news = await announce(
            connection,
            recharging,
            "auto_paused",
            owner=owner,
            order=None,
            now=now,
            reason=stop.why,
        )
        return _Outcome(news=(news,))
    await auto_store.put(connection, replace(auto, last_at=now))
    return _Outcome(order)


async def _require_allowed(
    connection: Connection, auto: AutoRecharge, purse: Purse, *, now: datetime
) -> None:
    """Raise `_Stop` where only the owner, or the house, can make it right."""
    if purse.is_frozen:
        raise _Stop("coins_owed" if purse.debt else "spending_frozen")
    if not await has_second_factor(connection, person=auto.person):
        raise _Stop("second_factor_missing")
    method = await saved_store.method_by_id(connection, method=auto.method)
    if method is None or method.removed_at is not None:
        raise _Stop("method_removed")
    if method.expires is not None and method.expires < now.date():
        raise _Stop("card_expired")


async def _is_open(connection: Connection, recharging: Recharging, auto: AutoRecharge) -> bool:
    """Whether the method's provider is switched on, and answers at the moment."""
    method = await saved_store.method_by_id(connection, method=auto.method)
    assert method is not None
    if method.provider not in recharging.providers:
        return False
    known = await health_store.health(connection)
    is_down = any(one.provider == method.provider and one.status == "down" for one in known)
    return not is_down and isinstance(recharging.providers[method.provider], KeepsMethods)


async def _waiting(
    connection: Connection,
    recharging: Recharging,
    auto: AutoRecharge,
    *,
    owner: Viewer,
    until: datetime,
    what: str,
    now: datetime,
) -> _Outcome:
    await auto_store.put(connection, replace(auto, next_check_at=until))
    if what != "auto_capped":
        return _Outcome()
    # Said once a month: nobody looks again before the next one begins.
    told = await announce(connection, recharging, what, owner=owner, order=None, now=now)
    return _Outcome(news=(told,))


async def _ordered(
    connection: Connection,
    recharging: Recharging,
    auto: AutoRecharge,
    owner: Viewer,
    *,
    now: datetime,
) -> Recharge:
    """An order like any other, confirmed by the agreement instead of by a tap."""
    method = await saved_store.method_by_id(connection, method=auto.method)
    assert method is not None
    wish = Wish(method=method.method, pack=auto.pack, saved=method.id)
    try:
        # A savepoint: an order that costs more than was agreed to is as if it had not been made.
        async with connection.transaction():
            made = await quote(connection, recharging, owner, wish, now=now)
            if made.total > auto.price or made.currency != auto.currency:
                raise _Stop("price_changed")
            await use_up(connection, made, at=now)
    except LargesseError as refusal:
        raise _Stop(refusal.code) from refusal
    after = model.confirm(made, now=now, rules=recharging.rules)
    assert after.step is not None
    order = replace(after.recharge, expires_at=now + PAYABLE)
    await store.update(connection, order)
    facts = {"threshold": auto.threshold}
    await store.add_step(connection, order.id, Step("auto_recharge", facts), at=now)
    await store.add_step(connection, order.id, after.step, at=now)
    await auto_store.mark_auto(connection, recharge=order.id, person=auto.person)
    return order
