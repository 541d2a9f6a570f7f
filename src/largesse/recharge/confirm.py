"""The buyer agrees: note the intent, then ask the provider, then say where to pay."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from largesse import ledger
from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.ledger import Freeze, SpendingFrozen
from largesse.people import Viewer, require_adult
from largesse.recharge import model, store
from largesse.recharge.charge import begin_payment
from largesse.recharge.errors import QuoteExpired, RechargeClosed
from largesse.recharge.expire import expire_recharge
from largesse.recharge.model import Recharge, State
from largesse.recharge.recharging import Recharging
from largesse.recharge.reductions.uses import use_up
from largesse.recharge.saved import store as saved_store


async def confirm_recharge(
    recharging: Recharging,
    viewer: Viewer,
    recharge: UUID,
    *,
    now: datetime,
    phone_address: str = "",
) -> Recharge:
    """The order awaiting payment, with the provider's page once the provider has answered.

    With a saved method it is charged at once, and may come back credited. `phone_address` is
    where a buyer at a phone's browser comes from; empty for everybody else.

    Asking again is harmless: an order that awaits payment leads to the same page.
    Raises `NotFound`, `AgeRestricted`, `QuoteExpired`, `CouponRefused`, `OfferGone`,
    `SpendingFrozen` or `RechargeClosed`.
    """
    require_adult(viewer, today=now.date())
    async with recharging.database.work() as connection:
        current = await store.locked(connection, recharge=recharge)
        if current is None or current.account != viewer.no:
            raise NotFound
        is_over = now >= current.expires_at
        if current.state is State.REVIEW and not is_over:
            await _require_trust(connection, current, now=now)
            await use_up(connection, current, at=now)
            after = model.confirm(current, now=now, rules=recharging.rules)
            assert after.step is not None
            current = after.recharge
            await store.update(connection, current)
            await store.add_step(connection, recharge, after.step, at=now)
    if is_over and current.state in (State.REVIEW, State.AWAITING_PAYMENT):
        await expire_recharge(recharging, recharge, now=now)
        raise QuoteExpired
    return await _on_its_way(recharging, current, now=now, phone_address=phone_address)


async def _require_trust(connection: Connection, recharge: Recharge, *, now: datetime) -> None:
    """A kept card is not charged while its owner says that a payment was not theirs."""
    way = await saved_store.way_of(connection, recharge=recharge.id)
    if way is None or way.method is None:
        return
    purse = await ledger.purse(connection, recharge.account, at=now)
    if Freeze.SECURITY in purse.frozen_for:
        raise SpendingFrozen


async def _on_its_way(
    recharging: Recharging, recharge: Recharge, *, now: datetime, phone_address: str
) -> Recharge:
    match recharge.state:
        case State.AWAITING_PAYMENT if recharge.checkout_url is None:
            return await begin_payment(recharging, recharge, now=now, phone_address=phone_address)
        case State.AWAITING_PAYMENT | State.PROCESSING:
            return recharge
        case State.EXPIRED:
            raise QuoteExpired
        case _:
            raise RechargeClosed(state=str(recharge.state))
