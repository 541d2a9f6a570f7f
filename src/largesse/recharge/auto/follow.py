"""Draw the conclusion from an order that auto-recharge made: go on, try later, or stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.people import person_by_no
from largesse.recharge import model, store
from largesse.recharge.model import Recharge, State
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.reductions.uses import follow
from largesse.recharge.saved import auto_model, auto_store
from largesse.recharge.saved import store as saved_store
from largesse.recharge.saved.auto_model import AutoRecharge, AutoState, End
from largesse.recharge.saved.auto_news import announce
from largesse.recharge.settle import tell_all

_WORDS = {
    End.PAID: "auto_recharged",
    End.DECLINED: "auto_declined",
    End.UNCONFIRMED: "auto_declined",
    End.CANCELLED: "auto_cancelled",
    End.NEVER_TOLD: "auto_declined",
}


async def follow_auto_recharge(recharging: Recharging, recharge: UUID, *, now: datetime) -> None:
    """Nothing while the order is under way; once and for all when it came out.

    Whoever learned how it came out (the charge, a notice, the sweeper), it is looked at
    here, under the locks of the order and then of the agreement.
    """
    async with recharging.database.work() as connection:
        order = await store.locked(connection, recharge=recharge)
        way = await saved_store.way_of(connection, recharge=recharge)
        if order is None or way is None or way.auto_person is None or way.ended_at is not None:
            return
        end = auto_model.end_of(order)
        if end is End.WAITS:
            return
        before = await auto_store.locked(connection, person=way.auto_person)
        assert before is not None, "an order is made under an agreement, which stays"
        if order.state is State.AWAITING_PAYMENT:
            order = await _given_up(connection, recharging, order, now=now)
        await saved_store.end_auto(connection, recharge=recharge, at=now)
        now_agreed = auto_model.after(before, end, now=now)
        await auto_store.put(connection, now_agreed)
        news = await _news(connection, recharging, order, now_agreed, end=end, now=now)
    tell_all(recharging, news)


async def _given_up(
    connection: Connection, recharging: Recharging, order: Recharge, *, now: datetime
) -> Recharge:
    """A declined order has no page on which anybody could pay it. Late money is credited still."""
    after = model.move(order, State.CANCELLED, "cancelled")
    assert after.step is not None
    ended = replace(
        after.recharge,
        next_check_at=model.next_check(after.recharge, now=now, rules=recharging.rules),
    )
    await store.update(connection, ended)
    await follow(connection, order, ended, at=now)
    await store.add_step(connection, order.id, after.step, at=now)
    return ended


async def _news(
    connection: Connection,
    recharging: Recharging,
    order: Recharge,
    auto: AutoRecharge,
    *,
    end: End,
    now: datetime,
) -> list[RechargeNews]:
    owner = await person_by_no(connection, no=auto.person)
    news = [await announce(connection, recharging, _WORDS[end], owner=owner, order=order, now=now)]
    if auto.state is AutoState.PAUSED and end is not End.PAID:
        paused = await announce(
            connection,
            recharging,
            "auto_paused",
            owner=owner,
            order=order,
            now=now,
            reason=auto.paused_why or "",
        )
        news.append(paused)
    return news
