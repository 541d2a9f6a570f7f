"""Somebody says of a recharge: this wasn't me."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import LargesseError, NotFound
from largesse.ledger import Freeze
from largesse.people import Viewer
from largesse.recharge import store
from largesse.recharge.cases import store as cases_store
from largesse.recharge.cases.store import UNAUTHORISED, SupportCase
from largesse.recharge.claims import store as claims_store
from largesse.recharge.claims.model import RefundState
from largesse.recharge.errors import RefundUnavailable
from largesse.recharge.model import Recharge, Step
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.refunds.ask import hold_coins, tell_asked
from largesse.recharge.refunds.drive import drive_refund


async def report_recharge(
    recharging: Recharging, viewer: Viewer, recharge: UUID, *, now: datetime
) -> SupportCase:
    """The case. From its commit on nothing can be spent, and what is unspent is on its way back.

    Reporting again is the same case. What cannot be refunded now is left to the operator who
    decides. Raises `NotFound`.
    """
    async with recharging.database.work() as connection:
        current = await store.locked(connection, recharge=recharge)
        if current is None or current.account != viewer.no:
            raise NotFound
        earlier = await cases_store.case_about(connection, recharge=recharge)
        if earlier is not None:
            return earlier
        case = await _open_case(connection, current, viewer, now=now)
    recharging.tell(
        RechargeNews(
            person=current.person,
            reference=current.reference,
            at=now,
            state=current.state,
            what="reported",
        )
    )
    await start_refund(recharging, current, case, by_operator=None, now=now)
    return case


async def start_refund(
    recharging: Recharging,
    recharge: Recharge,
    case: SupportCase,
    *,
    by_operator: int | None,
    now: datetime,
) -> LargesseError | None:
    """Give back what is unspent, in the name of a case; a refusal is noted in it and returned.

    That the provider gave nothing back is a refusal too; what it has yet to answer is on its way.
    """
    refusal: LargesseError | None = None
    try:
        async with recharging.database.work() as connection:
            current = await store.locked(connection, recharge=recharge.id)
            assert current is not None
            claims = await claims_store.claims_of(connection, recharge=recharge.id)
            refund, balance = await hold_coins(
                connection,
                recharging,
                current,
                # A refund that failed may be tried again, so each try has a key of its own.
                key=f"{case.reference}:{len(claims.refunds)}",
                now=now,
                by_operator=by_operator is not None,
            )
            if balance is not None:
                await cases_store.add_case_step(
                    connection, case.id, "refund_asked", actor=by_operator, at=now
                )
    except LargesseError as refused:
        refusal = refused
    else:
        if balance is not None:
            tell_asked(recharging, recharge, balance=balance, now=now)
        driven = await drive_refund(recharging, refund.id, now=now)
        if driven.state is RefundState.FAILED:
            refusal = RefundUnavailable("The provider did not give this payment back.")
    if refusal is not None:
        async with recharging.database.work() as connection:
            await store.locked(connection, recharge=recharge.id)
            await cases_store.add_case_step(
                connection, case.id, "no_refund", actor=by_operator, at=now, note=refusal.code
            )
    return refusal


async def _open_case(
    connection: Connection, recharge: Recharge, viewer: Viewer, *, now: datetime
) -> SupportCase:
    case = SupportCase(
        id=ids.make(),
        kind=UNAUTHORISED,
        account=viewer.no,
        person=viewer.id,
        recharge=recharge.id,
        state="open",
        decision=None,
        opened_at=now,
        resolved_at=None,
    )
    await cases_store.insert_case(connection, case)
    await cases_store.add_case_step(connection, case.id, "reported", actor=viewer.no, at=now)
    await store.add_step(connection, recharge.id, Step("reported", {}), at=now)
    await ledger.freeze(connection, account=viewer.no, reason=Freeze.SECURITY)
    return case
