"""The doors of saved methods and auto-recharge."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from msgspec import UNSET, Meta, UnsetType

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import LARGEST_AMOUNT, Money, Price, minor
from largesse.people import Factors, StepUp, Viewer
from largesse.recharge.auto.agree import AutoWish, set_auto_recharge, stop_auto_recharge
from largesse.recharge.recharging import Recharging
from largesse.recharge.saved import auto_model, auto_store
from largesse.recharge.saved import store as saved_store
from largesse.recharge.saved.auto_model import AutoRecharge, AutoState
from largesse.recharge.saved.keep import CONSENT_TEXT, CONSENT_VERSION
from largesse.recharge.saved.ways import choose_default, remove_method

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Whole = Annotated[int, Meta(ge=1, le=LARGEST_AMOUNT)]


class SavedShown(msgspec.Struct, frozen=True, kw_only=True):
    """A way to pay that its provider keeps; `expires` is the last day of a card's last month."""

    id: str
    method: str
    kind: str
    label: str
    is_default: bool
    made_at: datetime
    expires: date | None


class Consent(msgspec.Struct, frozen=True):
    """What one agrees to who sends `save_method`."""

    version: str
    text: str


class SavedList(msgspec.Struct, frozen=True):
    """One's saved methods, the default first."""

    data: list[SavedShown]
    consent: Consent
    next: str | None = None


class Cap(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An amount in minor units."""

    amount: Whole
    currency: Annotated[str, Meta(min_length=3, max_length=3)]


class SetAutoRecharge(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Below `threshold` coins buy this pack; `otp` and `challenge` confirm exactly that."""

    threshold: Whole
    pack_id: Id
    saved_method_id: Id
    monthly_cap: Cap
    otp: Annotated[str, Meta(max_length=16)] | None = None
    challenge: Annotated[str, Meta(max_length=200)] | None = None


class AutoRechargeShown(msgspec.Struct, frozen=True, kw_only=True):
    """One's auto-recharge. `paused_why` is a stable word; `recharge_id` is the order under way."""

    state: AutoState
    threshold: int | UnsetType = UNSET
    pack_id: str | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    saved_method_id: str | UnsetType = UNSET
    monthly_cap: Price | UnsetType = UNSET
    spent_this_month: Price | UnsetType = UNSET
    paused_why: str | UnsetType = UNSET
    last_at: datetime | UnsetType = UNSET
    recharge_id: str | UnsetType = UNSET


@get("/v1/payment-methods/saved", tags=["recharge"])
async def read_saved(viewer: Viewer, recharging: Recharging) -> SavedList:
    """One's saved methods, and the words that saving one agrees to."""
    async with recharging.database.read() as connection:
        found = await saved_store.methods_of(connection, person=viewer.no)
    shown = [
        SavedShown(
            id=ids.show("sav", row.id),
            method=row.method,
            kind=row.kind,
            label=row.label,
            is_default=row.is_default,
            made_at=row.made_at,
            expires=row.expires,
        )
        for row in found
    ]
    return SavedList(shown, Consent(CONSENT_VERSION, CONSENT_TEXT))


@delete("/v1/payment-methods/saved/{method_id:str}", status_code=204, tags=["recharge"])
async def delete_saved(method_id: str, viewer: Viewer, recharging: Recharging) -> None:
    """Remove a saved method: it is not charged from now on, and its provider forgets it."""
    method = ids.read("sav", method_id)
    async with recharging.database.work() as connection:
        await remove_method(connection, viewer, method, now=recharging.clock.now())


@post("/v1/payment-methods/saved/{method_id:str}/default", status_code=204, tags=["recharge"])
async def set_default(method_id: str, viewer: Viewer, recharging: Recharging) -> None:
    """Let a saved method be offered first."""
    async with recharging.database.work() as connection:
        await choose_default(connection, viewer, ids.read("sav", method_id))


@get("/v1/auto-recharge", tags=["recharge"])
async def read_auto(viewer: Viewer, recharging: Recharging) -> AutoRechargeShown:
    """One's auto-recharge; `off` for whoever never set it."""
    async with recharging.database.read() as connection:
        auto = await auto_store.read(connection, person=viewer.no)
        if auto is None:
            return AutoRechargeShown(state=AutoState.OFF)
        return await _shown(connection, auto, now=recharging.clock.now())


@put("/v1/auto-recharge", tags=["recharge"])
async def set_auto(
    data: SetAutoRecharge, viewer: Viewer, recharging: Recharging, factors: Factors
) -> AutoRechargeShown:
    """Agree to it. The first answer is 403 `step_up_required` with the challenge to confirm."""
    now = recharging.clock.now()
    wish = AutoWish(
        threshold=data.threshold,
        pack=ids.read("pck", data.pack_id),
        method=ids.read("sav", data.saved_method_id),
        cap=Money(data.monthly_cap.amount, data.monthly_cap.currency),
    )
    given = StepUp(challenge=data.challenge, otp=data.otp)
    auto = await set_auto_recharge(recharging, factors, viewer, wish=wish, given=given, now=now)
    async with recharging.database.read() as connection:
        return await _shown(connection, auto, now=now)


@delete("/v1/auto-recharge", status_code=204, tags=["recharge"])
async def stop_auto(viewer: Viewer, recharging: Recharging) -> None:
    """Switch it off at once; no code is needed for that."""
    async with recharging.database.work() as connection:
        await stop_auto_recharge(connection, viewer)


async def _shown(connection: Connection, auto: AutoRecharge, *, now: datetime) -> AutoRechargeShown:
    since = auto_model.month_of(now)
    spent = await auto_store.spent_since(connection, person=auto.person, since=since)
    under_way = await auto_store.under_way(connection, person=auto.person)
    return AutoRechargeShown(
        state=auto.state,
        threshold=auto.threshold,
        pack_id=ids.show("pck", auto.pack),
        price=minor(Money(auto.price, auto.currency)),
        saved_method_id=ids.show("sav", auto.method),
        monthly_cap=minor(auto.cap_money),
        spent_this_month=minor(Money(spent, auto.currency)),
        paused_why=auto.paused_why or UNSET,
        last_at=auto.last_at or UNSET,
        recharge_id=UNSET if under_way is None else ids.show("rch", under_way),
    )


routes = [read_saved, delete_saved, set_default, read_auto, set_auto, stop_auto]
