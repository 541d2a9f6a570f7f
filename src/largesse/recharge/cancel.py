"""The buyer changes their mind before paying."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.people import Viewer
from largesse.recharge import model, store
from largesse.recharge.errors import RechargeClosed, RechargeRunning
from largesse.recharge.model import Recharge, RechargeRules, State
from largesse.recharge.reductions.uses import follow


async def cancel_recharge(
    connection: Connection,
    viewer: Viewer,
    recharge: UUID,
    *,
    now: datetime,
    rules: RechargeRules,
) -> Recharge:
    """The cancelled order; cancelling twice is the same as once.

    A payment that was already on its way may still arrive; it is credited then, never
    kept silently. Raises `NotFound`, `RechargeRunning` or `RechargeClosed`.
    """
    current = await store.locked(connection, recharge=recharge)
    if current is None or current.account != viewer.no:
        raise NotFound
    match current.state:
        case State.REVIEW | State.AWAITING_PAYMENT:
            after = model.move(current, State.CANCELLED, "cancelled")
        case State.CANCELLED:
            return current
        case State.PROCESSING:
            raise RechargeRunning
        case state:
            raise RechargeClosed(state=str(state))
    assert after.step is not None
    cancelled = replace(
        after.recharge, next_check_at=model.next_check(after.recharge, now=now, rules=rules)
    )
    await store.update(connection, cancelled)
    await store.add_step(connection, recharge, after.step, at=now)
    await follow(connection, current, cancelled, at=now)
    return cancelled
