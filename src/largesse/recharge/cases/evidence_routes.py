"""Where operators get what a bank wants to see about a disputed recharge."""

from __future__ import annotations

from litestar import Response, get

from largesse.kernel import ids
from largesse.people import Viewer
from largesse.recharge.cases.evidence import EvidenceShown, evidence, uses_as_csv
from largesse.recharge.recharging import Recharging


@get("/v1/operator/recharges/{recharge_id:str}/evidence", tags=["operator"])
async def read_evidence(
    recharge_id: str, operator: Viewer, recharging: Recharging
) -> EvidenceShown:
    """Order, timeline, buyer, notices, what the coins were spent on, and earlier recharges."""
    recharge = ids.read("rch", recharge_id)
    return await evidence(recharging, recharge, now=recharging.clock.now())


@get(
    "/v1/operator/recharges/{recharge_id:str}/evidence/uses.csv",
    tags=["operator"],
    media_type="text/csv",
)
async def read_uses(recharge_id: str, operator: Viewer, recharging: Recharging) -> Response[str]:
    """What the coins were spent on, as a sheet."""
    recharge = ids.read("rch", recharge_id)
    found = await evidence(recharging, recharge, now=recharging.clock.now())
    headers = {"content-disposition": f'attachment; filename="{recharge_id}-uses.csv"'}
    return Response(uses_as_csv(found.uses), media_type="text/csv", headers=headers)


routes = [read_evidence, read_uses]
