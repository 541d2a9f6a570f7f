"""The door for apps: show what the store sold."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from msgspec import Meta

from largesse.kernel import ids
from largesse.people import Viewer
from largesse.recharge.read import read_recharge
from largesse.recharge.recharging import Recharging
from largesse.recharge.shapes import RechargeShown
from largesse.recharge.stores.prove import prove_recharge


class NewProof(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the store gave the app.

    App Store: the signed transaction (`jwsRepresentation`) or its id. Google Play: the purchase
    token.
    """

    proof: Annotated[str, Meta(min_length=1, max_length=20_000)]


@post("/v1/recharges/{recharge_id:str}/proof", status_code=200, tags=["recharge"])
async def prove(
    recharge_id: str, data: NewProof, viewer: Viewer, recharging: Recharging
) -> RechargeShown:
    """Bring a purchase made in an app; its coins arrive at once. Bringing it twice is harmless."""
    recharge = ids.read("rch", recharge_id)
    now = recharging.clock.now()
    recharging.asking.take(viewer.no, now)
    await prove_recharge(recharging, viewer, recharge, data.proof, now=now)
    return await read_recharge(recharging, viewer, recharge, now=now)


routes = [prove]
