"""Look at orders: one with its timeline, or a person's list."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from largesse import ledger
from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.kernel.money import minor
from largesse.ledger import Seller
from largesse.people import Viewer
from largesse.recharge import store
from largesse.recharge.claims import store as claims_store
from largesse.recharge.expire import expire_recharge
from largesse.recharge.model import PAID, Recharge, State
from largesse.recharge.papers import store as receipts_store
from largesse.recharge.recharging import Recharging
from largesse.recharge.refunds.ask import refund_until
from largesse.recharge.saved import store as saved_store
from largesse.recharge.shapes import RechargeShown, RefundableShown, WayShown, show_recharge


async def read_recharge(
    recharging: Recharging, viewer: Viewer, recharge: UUID, *, now: datetime
) -> RechargeShown:
    """One's own order; an offer that has run out says so, even before the sweeper came by.

    Raises `NotFound`, for somebody else's order too.
    """
    async with recharging.database.read() as connection:
        current = await store.by_id(connection, recharge=recharge)
        if current is None or current.account != viewer.no:
            raise NotFound
        shown = await shown_with_timeline(connection, recharging, recharge, now=now)
    waits = current.state in (State.REVIEW, State.AWAITING_PAYMENT)
    if not waits or now < current.expires_at:
        return shown
    await expire_recharge(recharging, recharge, now=now)
    async with recharging.database.read() as connection:
        return await shown_with_timeline(connection, recharging, recharge, now=now)


async def list_recharges(
    recharging: Recharging, viewer: Viewer, *, before: UUID | None, limit: int
) -> list[RechargeShown]:
    """One's own orders, newest first."""
    async with recharging.database.read() as connection:
        found = await store.by_person(connection, account=viewer.no, before=before, limit=limit)
        listed = [one.id for one in found]
        timelines = await store.timelines(connection, recharges=listed)
        papers = await receipts_store.of_recharges(connection, recharges=listed)
    days = recharging.rules.refund_days
    return [
        show_recharge(one, timelines[one.id], papers[one.id], refund_days=days) for one in found
    ]


async def shown_with_timeline(
    connection: Connection, recharging: Recharging, recharge: UUID, *, now: datetime
) -> RechargeShown:
    """An order as clients see it, read from this connection."""
    current = await store.by_id(connection, recharge=recharge)
    assert current is not None
    timelines = await store.timelines(connection, recharges=[recharge])
    days = recharging.rules.refund_days
    way = await _way(connection, recharge)
    if current.state not in PAID:
        return replace(show_recharge(current, timelines[recharge], refund_days=days), way=way)
    papers = await receipts_store.of_recharges(connection, recharges=[recharge])
    shown = show_recharge(
        current,
        timelines[recharge],
        papers[recharge],
        refund_days=days,
        refund=await claims_store.last_refund(connection, recharge=recharge),
        refundable=await _refundable(connection, recharging, current, now=now),
    )
    return replace(shown, way=way)


async def _way(connection: Connection, recharge: UUID) -> WayShown | UnsetType:
    way = await saved_store.way_of(connection, recharge=recharge)
    if way is None:
        return UNSET
    saved = None
    if way.method is not None:
        saved = await saved_store.method_by_id(connection, method=way.method)
    return WayShown(
        is_auto=way.auto_person is not None,
        consent=way.consent or UNSET,
        saved=UNSET if saved is None else saved.label,
    )


async def _refundable(
    connection: Connection, recharging: Recharging, recharge: Recharge, *, now: datetime
) -> RefundableShown | None:
    if recharge.provider not in recharging.providers:
        return None
    until = await refund_until(connection, recharging, recharge)
    by_us = recharging.provider_of(recharge).seller is Seller.HOUSE
    if until is None or now >= until or not by_us or recharge.checkout is None:
        return None
    if recharge.given_back:
        return None
    found = await ledger.refundable(
        connection, account=recharge.account, source=recharge.id, at=now
    )
    if found is None:
        return None
    return RefundableShown(
        coins=found.paid, promo_coins=found.promo, money=minor(found.money), until=until
    )
