"""Ask again about every refund that has not ended, until it has."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from largesse.kernel.errors import LargesseError
from largesse.recharge.claims import store as claims_store
from largesse.recharge.recharging import Recharging
from largesse.recharge.refunds.drive import drive_refund
from largesse.recharge.sweep import LEASE_SECONDS, ROUND_MAX

log = structlog.get_logger("largesse.recharge")


async def sweep_refunds(recharging: Recharging, *, now: datetime) -> int:
    """Ask providers about every refund that is due, some at a time; returns how many.

    Safe on many workers at once, as for recharges: a lease, one key, and one end.
    """
    async with recharging.database.work() as connection:
        due = await claims_store.claim_due_refunds(
            connection, now=now, until=now + timedelta(seconds=LEASE_SECONDS), limit=ROUND_MAX
        )
    gate = asyncio.Semaphore(recharging.rules.checks_at_once)

    async def one(refund: UUID) -> None:
        async with gate:
            try:
                await drive_refund(recharging, refund, now=now)
            except LargesseError as error:
                log.warning("refund_check_failed", refund=str(refund), code=error.code)

    await asyncio.gather(*(one(refund) for refund in due))
    return len(due)
