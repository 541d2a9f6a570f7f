"""Say what auto-recharge did, each time: on the order's timeline and to its owner."""

from __future__ import annotations

from datetime import datetime

from largesse.kernel.database import Connection
from largesse.people import Viewer
from largesse.recharge import store
from largesse.recharge.model import Recharge, Step
from largesse.recharge.recharging import RechargeNews


async def announce(
    connection: Connection,
    what: str,
    *,
    owner: Viewer,
    order: Recharge | None,
    now: datetime,
    **facts: str | int,
) -> RechargeNews:
    """Write it down in the caller's transaction; the news it returns is told after the commit.

    Every word of auto-recharge to its owner goes through here: this is where a mail is put
    in line. Some are about no order, such as a pause because the card has expired.
    """
    if order is not None:
        await store.add_step(connection, order.id, Step(what, dict(facts)), at=now)
    return RechargeNews(
        person=owner.id,
        reference="" if order is None else order.reference,
        at=now,
        state=None if order is None else order.state,
        what=what,
    )
