"""Ask the provider for a refund until it says how it ended, and write that down once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from largesse import ledger
from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.payments import Pending, RefundAnswer, Refunded, RefundFailed
from largesse.recharge import store
from largesse.recharge.claims import model as claims_model
from largesse.recharge.claims import store as claims_store
from largesse.recharge.claims.claiming import Moved, decision, fail_refund
from largesse.recharge.claims.model import RechargeRefund, RefundState
from largesse.recharge.model import Advance, Recharge, Step
from largesse.recharge.papers.receipts import Given, write_credit_note
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.settle import settle, tell_all

# A refund that nobody can tell the end of for so long is shown to a person, each time it is asked.
ALARM_DAYS = 3

log = structlog.get_logger("largesse.recharge")


async def drive_refund(recharging: Recharging, refund: UUID, *, now: datetime) -> RechargeRefund:
    """The refund after asking; one that has ended is only shown.

    The provider is asked outside any transaction, under the refund's own id, so that a crash
    or a timeout is repaired by asking again. Raises `NotFound`.
    """
    async with recharging.database.read() as connection:
        found = await claims_store.refund_by_id(connection, refund=refund)
        recharge = None if found is None else await store.by_id(connection, recharge=found.recharge)
    if found is None or recharge is None:
        raise NotFound
    if not found.state.is_open:
        return found
    assert recharge.checkout is not None, "only a payment that we can name is refunded"
    answer = await recharging.provider_of(recharge).refund(
        checkout=recharge.checkout,
        amount=claims_model.money_of(found, recharge),
        key=found.reference,
    )
    async with recharging.database.work() as connection:
        ended, news = await _write_down(connection, recharging, found, answer, now=now)
    tell_all(recharging, news)
    return ended


async def _write_down(
    connection: Connection,
    recharging: Recharging,
    refund: RechargeRefund,
    answer: RefundAnswer,
    *,
    now: datetime,
) -> tuple[RechargeRefund, tuple[RechargeNews, ...]]:
    recharge = await store.locked(connection, recharge=refund.recharge)
    current = await claims_store.refund_by_id(connection, refund=refund.id)
    assert recharge is not None
    assert current is not None
    if not current.state.is_open:
        # Another asked at the same time, or a notice was faster.
        return current, ()
    match answer:
        case Refunded():
            moved = await _done(connection, recharge, current, now=now)
        case RefundFailed():
            moved = await fail_refund(connection, recharge, current, now=now)
        case _:
            return await _wait(connection, recharging, current, answer, now=now), ()
    # The provider's sums mean something certain again, and what waited for this end goes on.
    looks = now + timedelta(seconds=recharging.rules.first_check_seconds)
    await store.update(connection, replace(moved.advance.recharge, next_check_at=looks))
    step = moved.advance.step
    assert step is not None
    await store.add_step(connection, recharge.id, step, at=now)
    news = RechargeNews(
        person=recharge.person,
        reference=recharge.reference,
        at=now,
        state=moved.advance.recharge.state,
        what=step.what,
        balance=moved.balance,
    )
    after = await settle(
        connection, recharging, recharge.id, (), said_by=recharge.provider, now=now
    )
    assert after is not None
    ended = await claims_store.refund_by_id(connection, refund=refund.id)
    assert ended is not None
    return ended, (news, *after.news)


async def _done(
    connection: Connection, recharge: Recharge, refund: RechargeRefund, *, now: datetime
) -> Moved:
    decided = decision(recharge, refund.id, now=now)
    posted = await ledger.post_refund(connection, decided)
    given = Given(recharge.id, cause=refund.id, journal=decided.id, seq=posted.seq, at=now)
    await write_credit_note(
        connection, given, coins=refund.coins, amount=refund.amount, tax=refund.tax
    )
    ended = replace(refund, state=RefundState.DONE, next_check_at=None, ended_at=now)
    await claims_store.update_refund(connection, ended)
    claims = await claims_store.claims_of(connection, recharge=recharge.id)
    facts = {"coins": refund.coins, "promo_coins": refund.promo_coins, "amount": refund.amount}
    advance: Advance = claims_model.end_refund(recharge, claims, Step("refund_done", facts))
    return Moved(advance, posted.balance)


async def _wait(
    connection: Connection,
    recharging: Recharging,
    refund: RechargeRefund,
    answer: RefundAnswer,
    *,
    now: datetime,
) -> RechargeRefund:
    is_pending = isinstance(answer, Pending) or refund.state is RefundState.PENDING
    if is_pending and refund.state is RefundState.ASKED:
        await store.add_step(connection, refund.recharge, Step("refund_pending", {}), at=now)
    if now - refund.asked_at > timedelta(days=ALARM_DAYS):
        log.error("refund_has_no_end", refund=refund.reference, answer=str(answer))
    waiting = replace(
        refund,
        state=RefundState.PENDING if is_pending else RefundState.ASKED,
        tries=refund.tries + 1,
        next_check_at=claims_model.refund_check(refund, now=now, rules=recharging.rules),
    )
    await claims_store.update_refund(connection, waiting)
    return waiting
