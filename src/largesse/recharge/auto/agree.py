"""Agree to auto-recharge, with the second factor, or switch it off without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import Invalid
from largesse.kernel.money import Money, display, exponent
from largesse.ledger import CurrencyMismatch
from largesse.payments import KeepsMethods
from largesse.people import Factors, StepUp, Viewer, require_adult, require_step_up
from largesse.recharge import packs
from largesse.recharge.errors import MethodUnavailable, PackUnavailable
from largesse.recharge.price import Pack
from largesse.recharge.recharging import Recharging
from largesse.recharge.saved import auto_store
from largesse.recharge.saved.auto_model import AutoRecharge, AutoState
from largesse.recharge.saved.ways import own_method


@dataclass(frozen=True, slots=True)
class AutoWish:
    """Below `threshold` coins buy this pack with this saved method, up to `cap` a month."""

    threshold: int
    pack: UUID
    method: UUID
    cap: Money


async def set_auto_recharge(
    recharging: Recharging,
    factors: Factors,
    viewer: Viewer,
    *,
    wish: AutoWish,
    given: StepUp,
    now: datetime,
) -> AutoRecharge:
    """The agreement, watched from now on; setting it again also ends a pause.

    The code of the second factor is bound to every fact of it, the pack's price included.
    Raises `AgeRestricted`, `PackUnavailable`, `NotFound`, `MethodUnavailable`,
    `CurrencyMismatch`, `Invalid`, or what `require_step_up` raises.
    """
    require_adult(viewer, today=now.date())
    async with recharging.database.read() as connection:
        agreed = await _checked(connection, recharging, viewer, wish, now=now)
    await require_step_up(
        factors,
        viewer,
        given,
        act="auto_recharge",
        bound_to={
            "threshold": agreed.threshold,
            "pack_id": ids.show("pck", agreed.pack),
            "price_minor": agreed.price,
            "monthly_cap_minor": agreed.cap,
            "currency": agreed.currency,
            "saved_method_id": ids.show("sav", agreed.method),
        },
        now=now,
    )
    async with recharging.database.work() as connection:
        before = await auto_store.locked(connection, person=viewer.no)
        # It may have been removed while the code was typed.
        await own_method(connection, viewer, wish.method)
        if before is not None:
            agreed = replace(agreed, last_at=before.last_at)
        await auto_store.put(connection, agreed)
    return agreed


async def stop_auto_recharge(connection: Connection, viewer: Viewer) -> None:
    """Watch the purse no longer. What was charged already still brings its coins."""
    auto = await auto_store.locked(connection, person=viewer.no)
    if auto is not None:
        await auto_store.put(connection, replace(auto, state=AutoState.OFF, paused_why=None))


async def _checked(
    connection: Connection, recharging: Recharging, viewer: Viewer, wish: AutoWish, *, now: datetime
) -> AutoRecharge:
    shelf = await packs.shelf(connection, country=viewer.country, now=now)
    currency = shelf.prices.currency
    if currency != viewer.currency:
        raise CurrencyMismatch(expected=viewer.currency, got=currency)
    if wish.cap.currency != currency:
        raise CurrencyMismatch(expected=currency, got=wish.cap.currency)
    pack = _pack(shelf.packs, wish)
    bill = shelf.prices.bill(pack.price)
    if wish.cap.amount < bill.total:
        least = display(bill.total, currency=currency, decimal_places=exponent(currency))
        raise Invalid(
            f"monthly_cap must be at least {least}, the price of one pack.", field="monthly_cap"
        )
    saved = await own_method(connection, viewer, wish.method)
    is_on = saved.provider in recharging.providers
    if not is_on or not isinstance(recharging.providers[saved.provider], KeepsMethods):
        raise MethodUnavailable(methods=[])
    return AutoRecharge(
        person=viewer.no,
        threshold=wish.threshold,
        pack=pack.id,
        method=saved.id,
        currency=currency,
        price=bill.total,
        cap=wish.cap.amount,
        state=AutoState.ON,
        next_check_at=now,
        set_at=now,
    )


def _pack(offered: Sequence[Pack], wish: AutoWish) -> Pack:
    for pack in offered:
        if pack.id != wish.pack:
            continue
        brings = pack.coins + pack.promo_coins
        if wish.threshold > brings:
            # One order would not reach the threshold, so that the next would follow at once.
            raise Invalid(
                f"threshold must be at most {brings}, what one pack brings.", field="threshold"
            )
        return pack
    raise PackUnavailable
