"""Apply what a provider said to an order, and credit its coins exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.payments import Disputed, Outcome, Provider, Refunded, Settled
from largesse.recharge import model, store
from largesse.recharge.crediting import credit_recharge
from largesse.recharge.keep_saved import keep_saved
from largesse.recharge.model import Advance, Effect, Recharge
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.store import Suspense


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of it: the order now, what to tell the buyer, and why something was set aside."""

    recharge: Recharge
    news: tuple[RechargeNews, ...] = ()
    set_aside: str | None = None


async def settle(
    connection: Connection,
    recharging: Recharging,
    recharge: UUID,
    outcomes: Sequence[Outcome],
    *,
    said_by: str,
    now: datetime,
) -> Settlement | None:
    """Move an order by these facts; None when this provider has no such order.

    Notice, return page and sweeper all come through here, at once if they like: the
    order's row is held until the transaction ends, the coins enter the purse in that
    same transaction, and the second comer finds an order that needs nothing.
    """
    current = await store.locked(connection, recharge=recharge)
    if current is None or current.provider != said_by:
        return None
    provider = recharging.provider_of(current)
    before, news, set_aside = current, [], None
    for outcome in outcomes:
        step = await _advanced(connection, current, outcome, now=now)
        if step.effect is Effect.SUSPENSE:
            set_aside = step.reason
            if not await _put_aside(connection, step, outcome, provider=provider, now=now):
                step = replace(step, step=None)
        balance = None
        if step.effect is Effect.CREDIT:
            assert isinstance(outcome, Settled), "only money becomes coins"
            balance = await credit_recharge(
                connection, current, outcome, provider=provider, now=now
            )
        if isinstance(outcome, Settled) and outcome.saved and step.effect is not Effect.SUSPENSE:
            await keep_saved(connection, current, outcome.saved, now=now)
        current = step.recharge
        if step.step is not None:
            await store.add_step(connection, current.id, step.step, at=now)
            news.append(_news(current, step.step.what, now=now, balance=balance))
    current = replace(
        current, next_check_at=model.next_check(current, now=now, rules=recharging.rules)
    )
    if current != before:
        await store.update(connection, current)
    return Settlement(current, tuple(news), set_aside)


def tell_all(recharging: Recharging, news: Sequence[RechargeNews]) -> None:
    """Tell the buyer, after the commit."""
    for one in news:
        recharging.tell(one)


async def _advanced(
    connection: Connection, recharge: Recharge, outcome: Outcome, *, now: datetime
) -> Advance:
    """What a fact does to an order, once it is known whose payment it speaks of."""
    step = model.advance(recharge, outcome)
    if not isinstance(outcome, Settled) or step.effect is Effect.SUSPENSE:
        return step
    whose = await store.whose_payment(
        connection, provider=recharge.provider, payment=outcome.payment
    )
    if whose not in (None, recharge.id):
        return model.set_aside(recharge, outcome, "payment_used")
    if step.effect is not Effect.CREDIT:
        # It was credited before, by this very payment; another one would be paid for nothing.
        return step if whose else model.set_aside(recharge, outcome, "paid_twice")
    await store.claim_payment(
        connection,
        provider=recharge.provider,
        payment=outcome.payment,
        recharge=recharge.id,
        at=now,
    )
    return step


async def _put_aside(
    connection: Connection, step: Advance, outcome: Outcome, *, provider: Provider, now: datetime
) -> bool:
    recharge = step.recharge
    match outcome:
        case Settled(money, payment) | Refunded(money, payment):
            amount, currency = money.amount, money.currency
        case Disputed(_, payment):
            amount, currency = recharge.total, recharge.currency
        case _:
            raise AssertionError(f"{outcome} is no money")
    suspense = Suspense(
        id=ids.make(),
        at=now,
        provider=provider.code,
        payment=payment,
        reason=step.reason,
        reference=recharge.reference,
        recharge=recharge.id,
        amount=amount,
        currency=currency,
    )
    return await store.insert_suspense(connection, suspense)


def _news(recharge: Recharge, what: str, *, now: datetime, balance: int | None) -> RechargeNews:
    return RechargeNews(
        person=recharge.person,
        reference=recharge.reference,
        at=now,
        state=recharge.state,
        what=what,
        balance=balance,
    )
