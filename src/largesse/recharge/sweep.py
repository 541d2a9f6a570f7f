"""Find what nobody told us: paid orders without a notice, and orders that waited long enough."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from largesse.payments import ProviderUnknown
from largesse.recharge import store
from largesse.recharge.check import check_recharge
from largesse.recharge.expire import expire_recharge
from largesse.recharge.recharging import Recharging
from largesse.recharge.rounds import act_on_all

# How long a claimed order stays with one worker; a crash costs no more than this.
LEASE_SECONDS = 60
# One round holds this many ids in memory, however many orders are open.
ROUND_MAX = 200


async def sweep_recharges(recharging: Recharging, *, now: datetime) -> int:
    """Ask providers about every order that is due, some at a time; returns how many.

    Safe on many workers at once: each order is claimed by one of them for a minute,
    and an answer that two bring is applied once.
    """
    async with recharging.database.work() as connection:
        due = await store.claim_due(
            connection, now=now, until=now + timedelta(seconds=LEASE_SECONDS), limit=ROUND_MAX
        )

    async def check(recharge: UUID) -> None:
        try:
            await check_recharge(recharging, recharge, now=now)
        except ProviderUnknown:
            # It is switched off; its orders wait without taking the others' turns.
            later = now + timedelta(seconds=recharging.rules.check_seconds_max)
            async with recharging.database.work() as connection:
                await store.postpone(connection, recharge=recharge, until=later)

    await act_on_all(due, check, at_once=recharging.rules.checks_at_once, doing="check")
    return len(due)


async def expire_recharges(recharging: Recharging, *, now: datetime) -> int:
    """End quotes and orders whose time is over; returns how many were looked at."""
    async with recharging.database.read() as connection:
        due = await store.due_to_expire(connection, now=now, limit=ROUND_MAX)

    async def expire(recharge: UUID) -> None:
        await expire_recharge(recharging, recharge, now=now)

    await act_on_all(due, expire, at_once=recharging.rules.checks_at_once, doing="expiry")
    return len(due)
