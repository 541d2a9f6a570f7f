"""Tell app stores that coins were given, until they say yes: what nobody confirms, they refund."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Gauge

from largesse.payments import ProviderUnknown, Storefront
from largesse.recharge import stores_store
from largesse.recharge.recharging import Recharging
from largesse.recharge.rounds import act_on_all
from largesse.recharge.stores_store import Acknowledgement

LEASE_SECONDS = 60
ROUND_MAX = 200
RETRY_SECONDS = 10
RETRY_SECONDS_MAX = 3600
# Google gives the money back after three days.
ALARM_HOURS = 48

OVERDUE = Gauge(
    "largesse_store_acknowledgements_overdue",
    "Purchases that a store will give back soon, since it did not take our word for two days.",
)
log = structlog.get_logger("largesse.recharge")


async def acknowledge_purchases(recharging: Recharging, *, now: datetime) -> int:
    """Tell stores what is due; returns how many purchases. Safe on many workers at once."""
    async with recharging.database.work() as connection:
        due = await stores_store.claim_acknowledgements(
            connection, now=now, until=now + timedelta(seconds=LEASE_SECONDS), limit=ROUND_MAX
        )

    owed = {one.recharge: one for one in due}

    async def tell(recharge: UUID) -> None:
        await _tell(recharging, owed[recharge], now=now)

    await act_on_all(owed, tell, at_once=recharging.rules.checks_at_once, doing="acknowledgement")
    async with recharging.database.read() as connection:
        OVERDUE.set(await stores_store.count_alarms(connection))
    return len(due)


def retry_at(owed: Acknowledgement, *, now: datetime) -> datetime:
    """When to tell a store again: soon at first, then every hour."""
    seconds = min(RETRY_SECONDS * 2 ** min(owed.attempts - 1, 10), RETRY_SECONDS_MAX)
    return now + timedelta(seconds=seconds)


async def _tell(recharging: Recharging, owed: Acknowledgement, *, now: datetime) -> None:
    is_told = await _said_yes(recharging, owed)
    async with recharging.database.work() as connection:
        if is_told:
            await stores_store.acknowledged(
                connection, provider=owed.provider, payment=owed.payment, at=now
            )
            return
        alarmed_at = owed.alarmed_at
        if alarmed_at is None and now - owed.made_at >= timedelta(hours=ALARM_HOURS):
            alarmed_at = now
            log.error(
                "acknowledgement_overdue", provider=owed.provider, recharge=str(owed.recharge)
            )
        await stores_store.acknowledge_later(
            connection,
            provider=owed.provider,
            payment=owed.payment,
            due_at=retry_at(owed, now=now),
            alarmed_at=alarmed_at,
        )


async def _said_yes(recharging: Recharging, owed: Acknowledgement) -> bool:
    try:
        provider = recharging.providers[owed.provider]
    except ProviderUnknown:
        # Switched off for now; it is told when it is back.
        return False
    assert isinstance(provider, Storefront), "only a store waits for an acknowledgement"
    return await provider.acknowledge(purchase=owed.purchase, product=owed.product)
