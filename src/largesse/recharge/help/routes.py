"""The doors of help: how the providers are, and where somebody's coins are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from litestar import get

from largesse.people import Viewer
from largesse.recharge import store
from largesse.recharge.help import store as health_store
from largesse.recharge.help.diagnose import Remedy, Verdict, diagnose
from largesse.recharge.help.health import provider_health
from largesse.recharge.help.store import Status
from largesse.recharge.recharging import Recharging

ORDERS_MAX = 10
DAYS = 30


class ProviderShown(msgspec.Struct, frozen=True):
    """How a provider answers, and which ways to pay depend on it."""

    code: str
    status: Status
    since: datetime
    methods: list[str]


class StatusShown(msgspec.Struct, frozen=True):
    """Whether everybody can pay at the moment, and with whom not."""

    status: Literal["ok", "degraded"]
    providers: list[ProviderShown]


class RemedyShown(msgspec.Struct, frozen=True):
    """What to press; `url` is a page of ours or the provider's."""

    kind: Remedy
    url: str | None = None


class DiagnosisShown(msgspec.Struct, frozen=True):
    """One order, what is the matter with it, and what helps."""

    recharge_id: str
    status: str
    coins: int
    created_at: datetime
    verdict: Verdict
    text: str
    action: RemedyShown


class DiagnosesShown(msgspec.Struct, frozen=True):
    """The orders of the last month, the newest first."""

    data: list[DiagnosisShown]
    next: str | None = None


@get("/v1/status", tags=["recharge"])
async def read_status(recharging: Recharging) -> StatusShown:
    """Which payment providers answer. Orders wait for one that does not; none is lost."""
    now = recharging.clock.now()
    health = await provider_health(recharging, now=now)
    async with recharging.database.read() as connection:
        methods = await health_store.methods_of(connection)
    shown = [
        ProviderShown(
            code=one.provider,
            status=one.status,
            since=one.since,
            methods=methods.get(one.provider, []),
        )
        for one in health
    ]
    is_well = all(one.status == "ok" for one in health)
    return StatusShown("ok" if is_well else "degraded", shown)


@get("/v1/help/coins-missing", tags=["recharge"])
async def read_coins_missing(viewer: Viewer, recharging: Recharging) -> DiagnosesShown:
    """What became of one's own orders of the last month, and the one button that helps with each."""
    now = recharging.clock.now()
    async with recharging.database.read() as connection:
        found = await store.by_person(connection, account=viewer.no, before=None, limit=ORDERS_MAX)
        recent = [one for one in found if one.made_at > now - timedelta(days=DAYS)]
        timelines = await store.timelines(connection, recharges=[one.id for one in recent])
    shown = []
    for one in recent:
        happened = [row.what for row in timelines[one.id]]
        said = diagnose(one, happened, now=now, late_days=recharging.rules.late_days)
        urls = {
            Remedy.PAY: one.checkout_url,
            Remedy.WALLET: "/wallet",
            Remedy.AGAIN: "/recharge",
            Remedy.CHECK: f"/v1/recharges/{one.reference}/check",
        }
        shown.append(
            DiagnosisShown(
                recharge_id=one.reference,
                status=one.state,
                coins=one.coins + one.promo_coins,
                created_at=one.made_at,
                verdict=said.verdict,
                text=said.text,
                action=RemedyShown(said.remedy, urls.get(said.remedy)),
            )
        )
    return DiagnosesShown(shown)


routes = [read_status, read_coins_missing]
