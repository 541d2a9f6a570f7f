"""All SQL of refunds, disputes and facts that came too early."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.payments import DisputeStage, Outcome
from largesse.recharge.claims.model import (
    ClaimKind,
    Claims,
    RechargeDispute,
    RechargeRefund,
    RefundState,
)
from largesse.recharge.parking import packed, unpacked

_REFUND = (
    "select id, recharge, key, state, coins, promo_coins, amount, tax, asked_at, tries,"
    " next_check_at, ended_at from recharge_refund where"
)
_DISPUTE = (
    "select id, recharge, kind, name, stage, in_books, fee, reason, opened_at, decided_at"
    " from recharge_dispute where"
)


async def claims_of(connection: Connection, *, recharge: UUID) -> Claims:
    """All refunds and disputes of an order, oldest first; the caller holds the order's row."""
    async with connection.cursor(row_factory=kwargs_row(_refund)) as cursor:
        await cursor.execute(f"{_REFUND} recharge = %s order by id", (recharge,))
        refunds = await cursor.fetchall()
    async with connection.cursor(row_factory=kwargs_row(_dispute)) as cursor:
        await cursor.execute(f"{_DISPUTE} recharge = %s order by id", (recharge,))
        return Claims(tuple(refunds), tuple(await cursor.fetchall()))


async def insert_refund(connection: Connection, refund: RechargeRefund) -> None:
    """Write down that a buyer asked for their money, before the provider hears of it."""
    await connection.execute(
        "insert into recharge_refund (id, recharge, key, state, coins, promo_coins, amount, tax,"
        " asked_at, tries, next_check_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            refund.id, refund.recharge, refund.key, str(refund.state), refund.coins,
            refund.promo_coins, refund.amount, refund.tax, refund.asked_at, refund.tries,
            refund.next_check_at,
        ),
    )  # fmt: skip


async def update_refund(connection: Connection, refund: RechargeRefund) -> None:
    """Write down how far a refund has come; what was asked never changes."""
    await connection.execute(
        "update recharge_refund set state = %s, tries = %s, next_check_at = %s, ended_at = %s"
        " where id = %s",
        (str(refund.state), refund.tries, refund.next_check_at, refund.ended_at, refund.id),
    )


async def refund_by_id(connection: Connection, *, refund: UUID) -> RechargeRefund | None:
    """A refund as it stands."""
    async with connection.cursor(row_factory=kwargs_row(_refund)) as cursor:
        await cursor.execute(f"{_REFUND} id = %s", (refund,))
        return await cursor.fetchone()


async def last_refund(connection: Connection, *, recharge: UUID) -> RechargeRefund | None:
    """The newest refund of an order."""
    async with connection.cursor(row_factory=kwargs_row(_refund)) as cursor:
        await cursor.execute(f"{_REFUND} recharge = %s order by id desc limit 1", (recharge,))
        return await cursor.fetchone()


async def claim_due_refunds(
    connection: Connection, *, now: datetime, until: datetime, limit: int
) -> list[UUID]:
    """Refunds whose provider has to be asked now. They are ours until `until`, then due again."""
    rows = await connection.execute(
        "update recharge_refund set next_check_at = %s where id in (select id from recharge_refund"
        " where next_check_at <= %s order by next_check_at limit %s for update skip locked)"
        " returning id",
        (until, now, limit),
    )
    return [row[0] for row in await rows.fetchall()]


async def insert_dispute(connection: Connection, dispute: RechargeDispute) -> None:
    """Write down that a payment is being taken back."""
    await connection.execute(
        "insert into recharge_dispute (id, recharge, kind, name, stage, in_books, fee, reason,"
        " opened_at, decided_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            dispute.id, dispute.recharge, str(dispute.kind), dispute.name, str(dispute.stage),
            dispute.in_books, dispute.fee, dispute.reason, dispute.opened_at, dispute.decided_at,
        ),
    )  # fmt: skip


async def decide_dispute(
    connection: Connection, *, dispute: UUID, stage: DisputeStage, at: datetime
) -> None:
    """Write down how a dispute ended; one that has ended is our own mistake."""
    decided = await connection.execute(
        "update recharge_dispute set stage = %s, decided_at = %s where id = %s and stage = 'opened'",
        (str(stage), at, dispute),
    )
    assert decided.rowcount == 1, "a dispute is decided once"


async def park(
    connection: Connection, outcome: Outcome, *, provider: str, recharge: UUID, at: datetime
) -> None:
    """Keep a fact that cannot be applied yet; the same one twice is kept once."""
    await connection.execute(
        "insert into parked_fact (id, provider, recharge, fact, at) values (%s, %s, %s, %s, %s)"
        " on conflict (recharge, provider, fact) do nothing",
        (ids.make(), provider, recharge, Jsonb(packed(outcome)), at),
    )


async def parked(
    connection: Connection, *, provider: str, recharge: UUID
) -> list[tuple[UUID, Outcome]]:
    """Facts about an order that wait for something, in the order in which they came."""
    rows = await connection.execute(
        "select id, fact from parked_fact"
        " where recharge = %s and provider = %s and applied_at is null order by id",
        (recharge, provider),
    )
    return [(parked_id, unpacked(fact)) for parked_id, fact in await rows.fetchall()]


async def unpark(connection: Connection, *, fact: UUID, at: datetime) -> None:
    """Note that a kept fact has been applied."""
    await connection.execute("update parked_fact set applied_at = %s where id = %s", (at, fact))


async def payments_of(connection: Connection, *, recharge: UUID) -> set[str]:
    """The provider's ids of the payments that this order's coins were credited for."""
    rows = await connection.execute(
        "select payment from recharge_payment where recharge = %s", (recharge,)
    )
    return {row[0] for row in await rows.fetchall()}


async def credited_at(connection: Connection, *, recharge: UUID) -> datetime | None:
    """When the coins of an order arrived, if they did."""
    rows = await connection.execute(
        "select min(at) from recharge_step where recharge = %s and what = 'credited'", (recharge,)
    )
    row = await rows.fetchone()
    return None if row is None else row[0]


async def resolve_suspense(
    connection: Connection, *, provider: str, payment: str, upto: int, at: datetime
) -> None:
    """Money that was set aside has gone back to whoever paid it: nobody has to decide any more."""
    await connection.execute(
        "update suspense set resolved_at = %s where provider = %s and payment = %s"
        " and amount <= %s and resolved_at is null",
        (at, provider, payment, upto),
    )


async def resolve_reason(
    connection: Connection, *, provider: str, payment: str, reason: str, at: datetime
) -> None:
    """What was set aside for this reason has found its place."""
    await connection.execute(
        "update suspense set resolved_at = %s where provider = %s and payment = %s"
        " and reason = %s and resolved_at is null",
        (at, provider, payment, reason),
    )


async def earlier_undisputed(
    connection: Connection, *, account: int, before: UUID, limit: int
) -> list[tuple[UUID, datetime, int, str]]:
    """Paid recharges of the same person before this one that no bank ever asked about."""
    rows = await connection.execute(
        "select r.id, s.at, r.total, r.currency from recharge r"
        " join recharge_step s on s.recharge = r.id and s.what = 'credited'"
        " where r.account = %s and r.id < %s and not exists"
        "  (select from recharge_dispute d where d.recharge = r.id and d.kind = 'bank')"
        " order by r.id desc limit %s",
        (account, before, limit),
    )
    return await rows.fetchall()


def _refund(*, state: str, **row: Any) -> RechargeRefund:
    return RechargeRefund(state=RefundState(state), **row)


def _dispute(*, kind: str, stage: str, **row: Any) -> RechargeDispute:
    return RechargeDispute(kind=ClaimKind(kind), stage=DisputeStage(stage), **row)
