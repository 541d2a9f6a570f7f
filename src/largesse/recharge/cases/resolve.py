"""An operator decides a case: the money goes back, or spending simply goes on.

One operator decides alone for now; that a second one agrees belongs here when there is a way
to ask them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from largesse import ledger
from largesse.kernel.errors import LargesseError, NotFound
from largesse.ledger import Freeze, NothingToRefund
from largesse.people import Viewer
from largesse.recharge import store
from largesse.recharge.cases import store as cases_store
from largesse.recharge.cases.report import start_refund
from largesse.recharge.cases.store import SupportCase
from largesse.recharge.claims import store as claims_store
from largesse.recharge.claims.model import RefundState
from largesse.recharge.errors import CaseClosed
from largesse.recharge.recharging import RechargeNews, Recharging


class CaseDecision(StrEnum):
    """How a case ends. After both, spending goes on."""

    REFUND = "refund"
    RELEASE = "release"


async def resolve_case(
    recharging: Recharging,
    operator: Viewer,
    case: UUID,
    decision: CaseDecision,
    *,
    note: str,
    now: datetime,
) -> SupportCase:
    """The decided case; deciding again in the same way is harmless.

    For `REFUND` what is unspent goes back first, whatever its age; where nothing of it can go
    back and nothing is on its way, the case stays open. Raises `NotFound`, `CaseClosed`, or
    why there is no refund.
    """
    found = await _open_one(recharging, case, decision)
    if found.state == "resolved":
        return found
    if decision is CaseDecision.REFUND:
        await _refund(recharging, found, operator, now=now)
    async with recharging.database.work() as connection:
        recharge = await store.locked(connection, recharge=found.recharge)
        current = await cases_store.locked_case(connection, case=case)
        assert current is not None
        assert recharge is not None
        if current.state == "resolved":
            return current
        await cases_store.resolve(connection, case=case, decision=str(decision), at=now)
        await cases_store.add_case_step(
            connection, case, f"decided_{decision}", actor=operator.no, at=now, note=note
        )
        # Thawing takes the purse, so that a report of this moment is either seen or freezes after.
        await ledger.thaw(connection, account=current.account, reason=Freeze.SECURITY)
        if await cases_store.has_open_case(connection, account=current.account):
            await ledger.freeze(connection, account=current.account, reason=Freeze.SECURITY)
        resolved = await cases_store.case_by_id(connection, case=case)
        assert resolved is not None
    recharging.tell(
        RechargeNews(
            person=resolved.person,
            reference=recharge.reference,
            at=now,
            state=recharge.state,
            what="case_resolved",
        )
    )
    return resolved


async def _open_one(recharging: Recharging, case: UUID, decision: CaseDecision) -> SupportCase:
    async with recharging.database.read() as connection:
        found = await cases_store.case_by_id(connection, case=case)
    if found is None:
        raise NotFound
    if found.state == "resolved" and found.decision != decision:
        raise CaseClosed(decision=found.decision)
    return found


async def _refund(
    recharging: Recharging, case: SupportCase, operator: Viewer, *, now: datetime
) -> None:
    async with recharging.database.read() as connection:
        recharge = await store.by_id(connection, recharge=case.recharge)
    assert recharge is not None
    refusal: LargesseError | None = await start_refund(
        recharging, recharge, case, by_operator=operator.no, now=now
    )
    if not isinstance(refusal, NothingToRefund):
        if refusal is not None:
            raise refusal
        return
    async with recharging.database.read() as connection:
        last = await claims_store.last_refund(connection, recharge=recharge.id)
    # The report itself may have given everything back already.
    if last is None or last.state is not RefundState.DONE:
        raise refusal
