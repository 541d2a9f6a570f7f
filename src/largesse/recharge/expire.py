"""End an order whose time is over. Money that still arrives later is credited all the same."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from largesse.recharge import model, store
from largesse.recharge.model import Recharge
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.reductions.uses import follow
from largesse.recharge.settle import tell_all


async def expire_recharge(
    recharging: Recharging, recharge: UUID, *, now: datetime
) -> Recharge | None:
    """The order after its end, or as it is when there is still time; None when it is unknown."""
    async with recharging.database.work() as connection:
        current = await store.locked(connection, recharge=recharge)
        if current is None:
            return None
        after = model.expire(current, now=now)
        if after.step is None:
            return current
        await store.update(connection, after.recharge)
        await store.add_step(connection, recharge, after.step, at=now)
        await follow(connection, current, after.recharge, at=now)
    expired = after.recharge
    news = RechargeNews(
        person=expired.person,
        reference=expired.reference,
        at=now,
        state=expired.state,
        what=after.step.what,
    )
    tell_all(recharging, (news,))
    if expired.checkout is not None and expired.provider in recharging.providers:
        await recharging.provider_of(expired).close_checkout(checkout=expired.checkout)
    return expired
