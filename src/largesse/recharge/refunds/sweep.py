"""Ask again about every refund that has not ended, until it has."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from largesse.recharge.claims import store as claims_store
from largesse.recharge.recharging import Recharging
from largesse.recharge.refunds.drive import drive_refund
from largesse.recharge.rounds import act_on_all
from largesse.recharge.sweep import LEASE_SECONDS, ROUND_MAX


async def sweep_refunds(recharging: Recharging, *, now: datetime) -> int:
    """Ask providers about every refund that is due, some at a time; returns how many.

    Safe on many workers at once, as for recharges: a lease, one key, and one end.
    """
    async with recharging.database.work() as connection:
        due = await claims_store.claim_due_refunds(
            connection, now=now, until=now + timedelta(seconds=LEASE_SECONDS), limit=ROUND_MAX
        )

    async def drive(refund: UUID) -> None:
        await drive_refund(recharging, refund, now=now)

    await act_on_all(due, drive, at_once=recharging.rules.checks_at_once, doing="refund_check")
    return len(due)
