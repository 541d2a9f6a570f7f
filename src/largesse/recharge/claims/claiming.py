"""Carry out in the books what followed a credit: disputes, money taken back, refunds that failed.

The caller holds the order's row and has decided; each act here happens at most once, guarded
by the claim's own row and by the ledger's keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import NUMERIC, Money
from largesse.payments import Disputed, DisputeStage, Provider, Refunded, RefundFailed
from largesse.recharge.claims import store as claims_store
from largesse.recharge.claims.model import (
    Claim,
    ClaimKind,
    Claims,
    RechargeDispute,
    RechargeRefund,
    RefundState,
)
from largesse.recharge.model import Advance, Effect, Recharge, Step, set_aside
from largesse.recharge.papers.receipts import Given, write_credit_note_of_rest


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it: the order's advance, perhaps another than was planned, and the new balance."""

    advance: Advance
    balance: int | None = None


async def carry_out(
    connection: Connection,
    planned: Advance,
    outcome: Claim,
    claims: Claims,
    *,
    before: Recharge,
    provider: Provider,
    now: datetime,
) -> Moved:
    """Do in the books what a claim asks for."""
    match planned.effect, outcome:
        case Effect.OPEN_DISPUTE, Disputed():
            return await _open(
                connection, planned, outcome, before=before, provider=provider, now=now
            )
        case Effect.WIN_DISPUTE | Effect.LOSE_DISPUTE, Disputed():
            return await _decide(connection, planned, outcome, claims, now=now)
        case Effect.TAKE_BACK, Refunded():
            return await _take_back(connection, planned, outcome, now=now)
        case Effect.FAIL_REFUND, RefundFailed():
            refund = claims.open_refund
            assert refund is not None
            return await fail_refund(connection, planned.recharge, refund, now=now)
        case Effect.RETURN_REFUND, RefundFailed():
            refund = claims.refund_of(outcome.refund)
            assert refund is not None
            return await _return_refund(
                connection, planned.recharge, refund, provider=provider, now=now
            )
        case effect, _:
            raise AssertionError(f"{effect} does not follow from {outcome}")


async def fail_refund(
    connection: Connection, recharge: Recharge, refund: RechargeRefund, *, now: datetime
) -> Moved:
    """The provider gave nothing back: the coins are in the purse again."""
    voided = await ledger.void_refund(connection, decision(recharge, refund.id, now=now))
    ended = replace(refund, state=RefundState.FAILED, next_check_at=None, ended_at=now)
    await claims_store.update_refund(connection, ended)
    step = Step("refund_failed", {"coins": refund.coins, "promo_coins": refund.promo_coins})
    return Moved(Advance(recharge, step), voided.balance)


def decision(recharge: Recharge, on: UUID, *, now: datetime) -> ledger.Decision:
    """The one decision about a refund or a dispute of this order."""
    return ledger.Decision(
        id=ids.make(),
        account=recharge.account,
        on=on,
        key=f"recharge claim:{on}",
        body=b"decided",
        at=now,
    )


async def _open(
    connection: Connection,
    planned: Advance,
    outcome: Disputed,
    *,
    before: Recharge,
    provider: Provider,
    now: datetime,
) -> Moved:
    dispute = RechargeDispute(
        id=ids.make(),
        recharge=before.id,
        kind=ClaimKind.BANK,
        name=outcome.dispute,
        stage=DisputeStage.OPENED,
        in_books=True,
        fee=outcome.fee.amount if outcome.fee else 0,
        reason=outcome.reason,
        opened_at=now,
    )
    # A fee in a currency that is not the order's is booked from the provider's report.
    is_ours = outcome.fee is not None and outcome.fee.currency == before.currency
    fee = outcome.fee if is_ours else None
    order = _dispute_order(before, dispute, now=now, fee=fee)
    try:
        opened = await ledger.open_dispute(connection, order)
    except (ledger.RechargeRefunded, ledger.DisputeLost):
        # The bank wants back what has gone back already: that is to be told to it, with evidence.
        if fee is not None and fee.amount:
            await _book_fee(connection, before, dispute, fee=fee, provider=provider, now=now)
        await claims_store.insert_dispute(connection, replace(dispute, in_books=False))
        return Moved(set_aside(replace(before, dispute="opened"), outcome, "disputed_after_refund"))
    await claims_store.insert_dispute(connection, dispute)
    return Moved(_with(planned, coins=opened.paid), opened.balance)


async def _book_fee(
    connection: Connection,
    recharge: Recharge,
    dispute: RechargeDispute,
    *,
    fee: Money,
    provider: Provider,
    now: datetime,
) -> None:
    """A dispute costs its fee even where it finds nothing to take."""
    leg = ledger.Leg(
        debit=ledger.account(ledger.HOUSE, 602),
        credit=ledger.account(provider.party, 310),
        amount=fee.amount,
        asset=NUMERIC[fee.currency],
    )
    await ledger.book(
        connection,
        ledger.Booking(
            id=ids.make(),
            account=recharge.account,
            key=f"dispute fee:{dispute.id}",
            body=b"fee",
            kind=ledger.Kind.PROVIDER_FEE,
            at=now,
            legs=(leg,),
        ),
    )


async def _decide(
    connection: Connection,
    planned: Advance,
    outcome: Disputed,
    claims: Claims,
    *,
    now: datetime,
) -> Moved:
    dispute = claims.dispute_of(outcome.dispute)
    assert dispute is not None
    await claims_store.decide_dispute(connection, dispute=dispute.id, stage=outcome.stage, at=now)
    recharge = planned.recharge
    if not dispute.in_books:
        if outcome.stage is DisputeStage.WON:
            await claims_store.resolve_reason(
                connection,
                provider=recharge.provider,
                payment=outcome.payment,
                reason="disputed_after_refund",
                at=now,
            )
        return Moved(planned)
    decided = decision(recharge, dispute.id, now=now)
    if outcome.stage is DisputeStage.WON:
        won = await ledger.win_dispute(connection, decided)
        return Moved(planned, won.balance)
    lost = await _lost(connection, decided, recharge)
    return Moved(_with(planned, coins=lost.paid, owed=lost.owed), lost.balance)


async def _take_back(
    connection: Connection, planned: Advance, outcome: Refunded, *, now: datetime
) -> Moved:
    """The provider gave the payment back: a dispute without a fee, opened and lost at once."""
    recharge = planned.recharge
    dispute = RechargeDispute(
        id=ids.make(),
        recharge=recharge.id,
        kind=ClaimKind.PROVIDER,
        name=outcome.payment,
        stage=DisputeStage.LOST,
        in_books=True,
        fee=0,
        reason="refunded_by_provider",
        opened_at=now,
        decided_at=now,
    )
    await claims_store.resolve_reason(
        connection,
        provider=recharge.provider,
        payment=outcome.payment,
        reason="refunded_in_part",
        at=now,
    )
    await ledger.open_dispute(connection, _dispute_order(recharge, dispute, now=now, fee=None))
    await claims_store.insert_dispute(connection, dispute)
    lost = await _lost(connection, decision(recharge, dispute.id, now=now), recharge)
    return Moved(_with(planned, coins=lost.paid, owed=lost.owed), lost.balance)


async def _lost(
    connection: Connection, decided: ledger.Decision, recharge: Recharge
) -> ledger.Dispute:
    lost = await ledger.lose_dispute(connection, decided)
    await write_credit_note_of_rest(
        connection, Given(recharge.id, decided.on, decided.id, lost.seq, decided.at)
    )
    return lost


async def _return_refund(
    connection: Connection,
    recharge: Recharge,
    refund: RechargeRefund,
    *,
    provider: Provider,
    now: datetime,
) -> Moved:
    """A refund came back after it was done: its money is ours again, so its coins are bought again.

    What was posted stays posted. The coins come as a lot of their own, for exactly the money
    and the tax that had gone back; the provider's fee was paid with the first one.
    """
    arrived = await claims_store.credited_at(connection, recharge=recharge.id)
    assert arrived is not None
    expires = arrived + timedelta(days=recharge.promo_days)
    promo = refund.promo_coins if expires > now else 0
    credited = await ledger.credit(
        connection,
        ledger.Credit(
            id=ids.make(),
            account=recharge.account,
            key=f"refund returned:{refund.reference}",
            body=f"{refund.coins}+{promo}:{refund.amount}".encode(),
            at=now,
            country=recharge.country,
            origin=provider.code,
            paid=refund.coins,
            promo=promo,
            promo_expires=expires if promo else None,
            price=Money(refund.amount, recharge.currency),
            tax=Money(refund.tax, recharge.currency),
            fee=Money(0, recharge.currency),
            source=recharge.id,
            clearing=provider.party,
            seller=provider.seller,
        ),
    )
    returned = replace(refund, state=RefundState.RETURNED, ended_at=now)
    await claims_store.update_refund(connection, returned)
    facts = {"coins": refund.coins, "promo_coins": promo, "repaid": credited.repaid}
    step = Step("refund_returned", facts)
    return Moved(Advance(recharge, step), credited.balance)


def _dispute_order(
    recharge: Recharge, dispute: RechargeDispute, *, now: datetime, fee: Money | None
) -> ledger.DisputeOrder:
    return ledger.DisputeOrder(
        id=dispute.id,
        account=recharge.account,
        source=recharge.id,
        key=f"recharge dispute:{dispute.id}",
        body=b"disputed",
        at=now,
        fee=fee,
    )


def _with(planned: Advance, **facts: int) -> Advance:
    assert planned.step is not None
    return replace(planned, step=Step(planned.step.what, planned.step.facts | facts))
