"""The doors of cases: report a recharge, follow what becomes of it, decide it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from litestar import get, post
from msgspec import Meta

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.kernel.paging import LIMIT_DEFAULT, Page, limited
from largesse.people import Viewer
from largesse.recharge.cases import store as cases_store
from largesse.recharge.cases.report import report_recharge
from largesse.recharge.cases.resolve import CaseDecision, resolve_case
from largesse.recharge.cases.shapes import CaseShown, show_case
from largesse.recharge.cases.store import SupportCase
from largesse.recharge.recharging import Recharging


class Resolving(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How an operator decides a case, and why."""

    decision: CaseDecision
    note: Annotated[str, Meta(min_length=1, max_length=2000)]


@post("/v1/recharges/{recharge_id:str}/report", status_code=200, tags=["recharge"])
async def report(recharge_id: str, viewer: Viewer, recharging: Recharging) -> CaseShown:
    """This wasn't me: spending stops, what is unspent goes back, and a person looks at it.

    Reporting again answers with the same case, with an Idempotency-Key or without.
    """
    recharge = ids.read("rch", recharge_id)
    case = await report_recharge(recharging, viewer, recharge, now=recharging.clock.now())
    async with recharging.database.read() as connection:
        return (await _shown(connection, [case]))[0]


@get("/v1/cases", tags=["recharge"])
async def read_cases(
    viewer: Viewer, recharging: Recharging, limit: int = LIMIT_DEFAULT, after: str | None = None
) -> Page[CaseShown]:
    """One's own cases, newest first; `after` is the last case that was seen."""
    size = limited(limit)
    before = None if after is None else ids.read("cas", after)
    async with recharging.database.read() as connection:
        found = await cases_store.cases(
            connection, account=viewer.no, before=before, limit=size + 1
        )
        return _page(await _shown(connection, found[:size]), is_more=len(found) > size)


@get("/v1/cases/{case_id:str}", tags=["recharge"])
async def read_case(case_id: str, viewer: Viewer, recharging: Recharging) -> CaseShown:
    """One's own case with its timeline."""
    async with recharging.database.read() as connection:
        case = await cases_store.case_by_id(connection, case=ids.read("cas", case_id))
        if case is None or case.account != viewer.no:
            raise NotFound
        return (await _shown(connection, [case]))[0]


@get("/v1/operator/cases", tags=["operator"])
async def read_all_cases(
    operator: Viewer,
    recharging: Recharging,
    status: Literal["open", "resolved"] | None = None,
    limit: int = LIMIT_DEFAULT,
    after: str | None = None,
) -> Page[CaseShown]:
    """Everybody's cases, newest first."""
    size = limited(limit)
    before = None if after is None else ids.read("cas", after)
    async with recharging.database.read() as connection:
        found = await cases_store.cases(connection, state=status, before=before, limit=size + 1)
        shown = await _shown(connection, found[:size], to_operator=True)
    return _page(shown, is_more=len(found) > size)


@post("/v1/operator/cases/{case_id:str}/resolve", status_code=200, tags=["operator"])
async def resolve(
    case_id: str, data: Resolving, operator: Viewer, recharging: Recharging
) -> CaseShown:
    """Decide a case: `refund` gives back what is unspent, `release` keeps it; spending goes on."""
    case = await resolve_case(
        recharging,
        operator,
        ids.read("cas", case_id),
        data.decision,
        note=data.note,
        now=recharging.clock.now(),
    )
    async with recharging.database.read() as connection:
        return (await _shown(connection, [case], to_operator=True))[0]


async def _shown(
    connection: Connection, cases: Sequence[SupportCase], *, to_operator: bool = False
) -> list[CaseShown]:
    steps = await cases_store.case_steps(connection, cases=[case.id for case in cases])
    return [show_case(case, steps[case.id], to_operator=to_operator) for case in cases]


def _page(shown: list[CaseShown], *, is_more: bool) -> Page[CaseShown]:
    return Page(shown, next=shown[-1].id if is_more else None)


routes = [report, read_cases, read_case, read_all_cases, resolve]
