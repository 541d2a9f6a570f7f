"""Apply what a provider said to an order, and credit its coins exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.payments import (
    Disputed,
    Outcome,
    Provider,
    Refunded,
    RefundFailed,
    Settled,
    Unknown,
)
from largesse.recharge import model, store
from largesse.recharge.claims import model as claims_model
from largesse.recharge.claims import store as claims_store
from largesse.recharge.claims.claiming import carry_out
from largesse.recharge.claims.model import Claim, Said
from largesse.recharge.crediting import credit_recharge
from largesse.recharge.model import Advance, Effect, Recharge, Step
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.reductions.uses import follow
from largesse.recharge.saved.keep import keep_saved
from largesse.recharge.saved.last_try import with_a_page_left
from largesse.recharge.store import Suspense

log = structlog.get_logger("largesse.recharge")


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
    checkout: str = "",
    asked_at: datetime | None = None,
) -> Settlement | None:
    """Move an order by these facts; None when this provider has no such order.

    Notice, return page and sweeper all come through here, at once if they like: the
    order's row is held until the transaction ends, the coins enter the purse in that
    same transaction, and the second comer finds an order that needs nothing. What cannot
    be applied yet is parked, and what was parked before is tried again. `asked_at` is when
    the provider was asked, where these are its answers.
    """
    current = await store.locked(connection, recharge=recharge)
    if current is None or current.provider != said_by:
        return None
    before = current
    if checkout and current.checkout is None:
        current = replace(current, checkout=checkout)
    failed = frozenset(fact.refund for fact in outcomes if isinstance(fact, RefundFailed))
    one = _Settling(
        connection, recharging.provider_of(current), current, now, Said(asked_at, failed)
    )
    for outcome in outcomes:
        await one.hear(outcome)
    if current.confirmed_at is not None:
        await one.hear_parked()
    current = replace(
        one.recharge,
        next_check_at=_next_check(before, one, recharging, outcomes=outcomes),
    )
    if current != before:
        await store.update(connection, current)
        await follow(connection, before, current, at=now)
    return Settlement(current, tuple(one.news), one.set_aside)


def tell_all(recharging: Recharging, news: Sequence[RechargeNews]) -> None:
    """Tell the buyer, after the commit."""
    for one in news:
        recharging.tell(one)


@dataclass(slots=True)
class _Settling:
    """One order while its facts are applied, one after the other."""

    connection: Connection
    provider: Provider
    recharge: Recharge
    now: datetime
    said: Said
    news: list[RechargeNews] = field(default_factory=list)
    set_aside: str | None = None
    looks_again: bool = False
    is_doubtful: bool = False

    async def hear(self, outcome: Outcome) -> bool:
        """Apply one fact; False when it has to wait, and is parked."""
        if isinstance(outcome, Refunded | RefundFailed | Disputed):
            return await self._hear_claim(outcome)
        outcome = await with_a_page_left(self.connection, self.recharge, outcome)
        step = await self._advanced(outcome)
        balance, repaid = None, 0
        if step.effect is Effect.CREDIT:
            assert isinstance(outcome, Settled), "only money becomes coins"
            credited = await credit_recharge(
                self.connection, self.recharge, outcome, provider=self.provider, now=self.now
            )
            balance, repaid = credited.balance, credited.repaid
            await claims_store.resolve_reason(
                self.connection,
                provider=self.provider.code,
                payment=outcome.payment,
                reason="unknown_order",
                at=self.now,
            )
        if isinstance(outcome, Settled) and outcome.saved and step.effect is not Effect.SUSPENSE:
            await keep_saved(self.connection, self.recharge, outcome.saved, now=self.now)
        await self._take(step, outcome, balance=balance, repaid=repaid)
        return True

    async def hear_parked(self) -> None:
        """Try what waits for as long as any of it goes on."""
        while True:
            waiting = await claims_store.parked(
                self.connection, provider=self.provider.code, recharge=self.recharge.id
            )
            went_on = False
            for parked, outcome in waiting:
                if await self.hear(outcome):
                    await claims_store.unpark(self.connection, fact=parked, at=self.now)
                    went_on = True
            if not went_on:
                return

    async def _advanced(self, outcome: Outcome) -> Advance:
        """What a fact does to the order, once it is known whose payment it speaks of."""
        step = model.advance(self.recharge, outcome)
        if not isinstance(outcome, Settled) or step.effect is Effect.SUSPENSE:
            return step
        whose = await store.whose_payment(
            self.connection, provider=self.recharge.provider, payment=outcome.payment
        )
        if whose not in (None, self.recharge.id):
            return model.set_aside(self.recharge, outcome, "payment_used")
        if step.effect is not Effect.CREDIT:
            # It was credited before, by this very payment; another one would be paid for nothing.
            return step if whose else model.set_aside(self.recharge, outcome, "paid_twice")
        await store.claim_payment(
            self.connection,
            provider=self.recharge.provider,
            payment=outcome.payment,
            recharge=self.recharge.id,
            at=self.now,
        )
        return step

    async def _hear_claim(self, outcome: Claim) -> bool:
        own = await claims_store.payments_of(self.connection, recharge=self.recharge.id)
        if isinstance(outcome, Refunded) and outcome.payment not in own:
            # Money that could not become coins has gone back: nobody has to decide about it.
            await claims_store.resolve_suspense(
                self.connection,
                provider=self.provider.code,
                payment=outcome.payment,
                upto=outcome.amount.amount,
                at=self.now,
            )
        if own and outcome.payment and outcome.payment not in own:
            return await self._hear_elsewhere(outcome)
        if not isinstance(outcome, Disputed):
            return await self._claimed(outcome)
        claims = await claims_store.claims_of(self.connection, recharge=self.recharge.id)
        if self.is_doubtful and claims.dispute_of(outcome.dispute) is None:
            # How much there is to dispute depends on what the provider has yet to repeat.
            return False
        went_on = True
        for fact in claims_model.in_order(outcome, claims):
            went_on = await self._claimed(fact) and went_on
        return went_on

    async def _claimed(self, outcome: Claim) -> bool:
        claims = await claims_store.claims_of(self.connection, recharge=self.recharge.id)
        step = claims_model.advance_claim(self.recharge, outcome, claims, said=self.said)
        balance = None
        match step.effect:
            case Effect.PARK:
                await claims_store.park(
                    self.connection,
                    outcome,
                    provider=self.provider.code,
                    recharge=self.recharge.id,
                    at=self.now,
                )
                return False
            case Effect.LOOK_AGAIN | Effect.NOT_NOW:
                self.is_doubtful = True
                self.looks_again = self.looks_again or step.effect is Effect.LOOK_AGAIN
                return True
            case Effect.NOTHING | Effect.SUSPENSE:
                await self._take(step, outcome)
                return True
        moved = await carry_out(
            self.connection,
            step,
            outcome,
            claims,
            before=self.recharge,
            provider=self.provider,
            now=self.now,
        )
        balance = moved.balance
        await self._take(moved.advance, outcome, balance=balance)
        if step.effect is Effect.WIN_DISPUTE:
            claims = await claims_store.claims_of(self.connection, recharge=self.recharge.id)
            await self._take(claims_model.catch_up(self.recharge, claims), outcome)
        # A sum that a provider told while this was open had to be left aside.
        self.looks_again = self.looks_again or step.effect is not Effect.OPEN_DISPUTE
        return True

    async def _hear_elsewhere(self, outcome: Claim) -> bool:
        """A claim on money that never became this order's coins."""
        if isinstance(outcome, Disputed):
            step = model.set_aside(self.recharge, outcome, "disputed_elsewhere")
            await self._take(step, outcome)
        return True

    async def _take(
        self, step: Advance, outcome: Outcome, *, balance: int | None = None, repaid: int = 0
    ) -> None:
        self.recharge = step.recharge
        if step.effect is Effect.SUSPENSE:
            self.set_aside = step.reason
            if not await self._put_aside(step, outcome):
                return
        if step.step is None:
            return
        facts = step.step.facts | ({"repaid": repaid} if repaid else {})
        await store.add_step(
            self.connection, self.recharge.id, Step(step.step.what, facts), at=self.now
        )
        self.news.append(
            RechargeNews(
                person=self.recharge.person,
                reference=self.recharge.reference,
                at=self.now,
                state=self.recharge.state,
                what=step.step.what,
                balance=balance,
                repaid=repaid,
            )
        )

    async def _put_aside(self, step: Advance, outcome: Outcome) -> bool:
        amount, currency = self.recharge.total, self.recharge.currency
        match outcome:
            case Settled(money, payment) | Refunded(money, payment):
                amount, currency = money.amount, money.currency
            case Disputed(_, payment) | RefundFailed(_, payment):
                pass
            case _:
                raise AssertionError(f"{outcome} is no money")
        suspense = Suspense(
            id=ids.make(),
            at=self.now,
            provider=self.provider.code,
            payment=payment,
            reason=step.reason,
            reference=self.recharge.reference,
            recharge=self.recharge.id,
            amount=amount,
            currency=currency,
        )
        is_new = await store.insert_suspense(self.connection, suspense)
        if is_new:
            log.error(
                "set_aside",
                recharge=self.recharge.reference,
                provider=self.provider.code,
                reason=step.reason,
            )
        return is_new


def _next_check(
    before: Recharge, one: _Settling, recharging: Recharging, *, outcomes: Sequence[Outcome]
) -> datetime | None:
    """When the provider is asked next; what was to be looked at again stays so until it answers."""
    rules = recharging.rules
    if one.looks_again:
        return one.now + timedelta(seconds=rules.first_check_seconds)
    planned = model.next_check(one.recharge, now=one.now, rules=rules)
    waits = before.state in model.PAID and before.next_check_at is not None
    if waits and one.said.asked_at is None:
        return before.next_check_at
    if waits and any(isinstance(outcome, Unknown) for outcome in outcomes):
        return one.now + timedelta(seconds=rules.check_seconds_max)
    return planned
