"""What may follow a credit: refunds of ours, refunds that nobody asked for, and disputes. Pure rules.

A provider's facts are cumulative and come in any order, so each rule asks what is known already
and never which notice was first. A claim on an order without its coins waits for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.money import Money
from largesse.payments import Disputed, DisputeStage, Refunded, RefundFailed
from largesse.recharge.model import (
    PAID,
    Advance,
    Effect,
    Recharge,
    RechargeRules,
    State,
    Step,
    move,
    set_aside,
)

Claim = Refunded | RefundFailed | Disputed

REFUND_FIRST_SECONDS = 5


class RefundState(StrEnum):
    """How far a buyer's refund is. `returned` came back after it was done, and so did its coins."""

    ASKED = "asked"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    RETURNED = "returned"

    @property
    def is_open(self) -> bool:
        """Whether the provider has yet to say how it ended."""
        return self in (RefundState.ASKED, RefundState.PENDING)


class ClaimKind(StrEnum):
    """Who took a payment back: the buyer's bank, or the provider without being asked."""

    BANK = "bank"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class RechargeRefund:
    """A buyer's own refund of what was unspent. `amount` is what they get, `tax` the tax in it."""

    id: UUID
    recharge: UUID
    key: str
    state: RefundState
    coins: int
    promo_coins: int
    amount: int
    tax: int
    asked_at: datetime
    tries: int = 0
    next_check_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def reference(self) -> str:
        """The key under which the provider knows it."""
        return ids.show("rfd", self.id)


@dataclass(frozen=True, slots=True)
class RechargeDispute:
    """A payment that was taken back; `in_books` is false where there was nothing left to take."""

    id: UUID
    recharge: UUID
    kind: ClaimKind
    name: str
    stage: DisputeStage
    in_books: bool
    fee: int
    reason: str
    opened_at: datetime
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """How fresh a provider's words are: when it was asked, if it was, and what it knew to have failed.

    A notice may be as old as it likes.
    """

    asked_at: datetime | None = None
    failed: frozenset[str] = frozenset()


A_NOTICE = Said()


@dataclass(frozen=True, slots=True)
class Claims:
    """Everything that is known of an order's refunds and disputes."""

    refunds: tuple[RechargeRefund, ...] = ()
    disputes: tuple[RechargeDispute, ...] = ()

    @property
    def asked(self) -> int:
        """Minor units of our refunds that did not fail."""
        lasting = (RefundState.ASKED, RefundState.PENDING, RefundState.DONE)
        return sum(refund.amount for refund in self.refunds if refund.state in lasting)

    @property
    def done(self) -> int:
        """Minor units that the buyer has back through our refunds."""
        return sum(one.amount for one in self.refunds if one.state is RefundState.DONE)

    @property
    def open_refund(self) -> RechargeRefund | None:
        """The refund that is under way; there is one at the most."""
        return next((one for one in self.refunds if one.state.is_open), None)

    @property
    def open_dispute(self) -> RechargeDispute | None:
        """The dispute that the books wait for; there is one at the most."""
        waiting = (one for one in self.disputes if one.stage is DisputeStage.OPENED)
        return next((one for one in waiting if one.in_books), None)

    @property
    def is_taken_back(self) -> bool:
        """Whether the whole payment is gone for good, to a bank or by the provider."""
        return any(one.in_books and one.stage is DisputeStage.LOST for one in self.disputes)

    def refund_of(self, reference: str) -> RechargeRefund | None:
        """The refund with this key."""
        return next((one for one in self.refunds if one.reference == reference), None)

    def dispute_of(self, name: str) -> RechargeDispute | None:
        """The bank's dispute with this name."""
        named = (one for one in self.disputes if one.name == name)
        return next((one for one in named if one.kind is ClaimKind.BANK), None)

    def is_counted_by(self, said: Said) -> bool:
        """Whether a provider that said this knew of every refund that failed."""
        failed = [one for one in self.refunds if one.state in _CAME_BACK]
        return all(
            one.reference in said.failed
            or (
                said.asked_at is not None
                and one.ended_at is not None
                and one.ended_at < said.asked_at
            )
            for one in failed
        )


_CAME_BACK = (RefundState.FAILED, RefundState.RETURNED)


def advance_claim(
    recharge: Recharge, outcome: Claim, claims: Claims, *, said: Said = A_NOTICE
) -> Advance:
    """Apply one fact about what came after the payment; `said` is what it was said with."""
    if recharge.state not in PAID:
        return Advance(recharge, effect=Effect.PARK)
    match outcome:
        case Refunded():
            return _refunded(recharge, outcome, claims, said=said)
        case RefundFailed():
            return _refund_failed(recharge, outcome, claims)
        case Disputed():
            return _disputed(recharge, outcome, claims)


def in_order(outcome: Disputed, claims: Claims) -> tuple[Disputed, ...]:
    """A dispute that was decided had been opened, even if nobody told us so."""
    if outcome.stage is DisputeStage.OPENED or claims.dispute_of(outcome.dispute):
        return (outcome,)
    return (replace(outcome, stage=DisputeStage.OPENED), outcome)


def end_refund(recharge: Recharge, claims: Claims, step: Step) -> Advance:
    """Our refund is done: where the order stands, given all that the buyer has back by now."""
    if recharge.state is not State.CREDITED:
        return Advance(recharge, step)
    is_whole = claims.done + recharge.given_back >= recharge.total
    to = State.REFUNDED if is_whole else State.PARTIALLY_REFUNDED
    return move(recharge, to, step.what, **step.facts)


def catch_up(recharge: Recharge, claims: Claims) -> Advance:
    """A dispute was won: refunds that ended meanwhile are where the order stands now."""
    back = claims.done + recharge.given_back
    if recharge.state is not State.CREDITED or not back:
        return Advance(recharge)
    to = State.REFUNDED if back >= recharge.total else State.PARTIALLY_REFUNDED
    return move(recharge, to, str(to), amount=back)


def refund_check(refund: RechargeRefund, *, now: datetime, rules: RechargeRules) -> datetime:
    """When to ask about a refund again: twice as late each time, at most an hour apart, for ever."""
    seconds = REFUND_FIRST_SECONDS << min(refund.tries, 20)
    return now + timedelta(seconds=min(seconds, rules.refund_check_seconds_max))


def _refunded(recharge: Recharge, outcome: Refunded, claims: Claims, *, said: Said) -> Advance:
    if outcome.amount.currency != recharge.currency:
        return set_aside(recharge, outcome, "currency_differs")
    is_sum = not outcome.refund
    if ours := claims.refund_of(outcome.refund):
        if ours.state in _CAME_BACK:
            # Its coins are in the purse again, and now its money went after all.
            return set_aside(recharge, outcome, "refunded_after_failure")
        # Its own answer says how it ended.
        return Advance(recharge)
    total = outcome.amount.amount + (0 if is_sum else claims.asked + recharge.given_back)
    if total - claims.asked <= recharge.given_back:
        return Advance(recharge)
    if claims.open_refund or claims.open_dispute:
        # Whoever decides that asks the provider anew; until then the sum says nothing certain.
        # A provider without sums cannot be asked: what it told waits.
        return Advance(recharge, effect=Effect.NOT_NOW if is_sum else Effect.PARK)
    if is_sum and not claims.is_counted_by(said):
        # It may be old, and count refunds that failed since.
        return Advance(recharge, effect=Effect.LOOK_AGAIN)
    given_back = total - claims.asked
    known = replace(recharge, given_back=given_back)
    if claims.is_taken_back:
        return set_aside(known, outcome, "refunded_after_loss")
    is_whole = total >= recharge.total
    to = State.REFUNDED if is_whole else State.PARTIALLY_REFUNDED
    facts = {"amount": given_back}
    after = Advance(known, Step("refunded_by_provider", facts))
    if recharge.state is State.CREDITED:
        after = move(known, to, "refunded_by_provider", **facts)
    if is_whole:
        return replace(after, effect=Effect.TAKE_BACK)
    # Which coins a part of the price stands for is nobody's rule: a person decides.
    return replace(after, effect=Effect.SUSPENSE, reason="refunded_in_part")


def _refund_failed(recharge: Recharge, outcome: RefundFailed, claims: Claims) -> Advance:
    refund = claims.refund_of(outcome.refund)
    if refund is None:
        if not recharge.given_back:
            return Advance(recharge)
        return set_aside(recharge, outcome, "foreign_refund_failed")
    if refund.state.is_open:
        return Advance(recharge, effect=Effect.FAIL_REFUND)
    if refund.state is RefundState.DONE and claims.open_dispute:
        # The dispute is about what was left without these coins.
        return Advance(recharge, effect=Effect.PARK)
    if refund.state is RefundState.DONE:
        return Advance(recharge, effect=Effect.RETURN_REFUND)
    return Advance(recharge)


def _disputed(recharge: Recharge, outcome: Disputed, claims: Claims) -> Advance:
    known = claims.dispute_of(outcome.dispute)
    if known is not None and outcome.stage in (known.stage, DisputeStage.OPENED):
        return Advance(recharge)
    if known is not None and known.stage is not DisputeStage.OPENED:
        return set_aside(recharge, outcome, "dispute_contradicted")
    is_first = outcome.stage is DisputeStage.OPENED
    if known is None and (not is_first or claims.open_dispute or claims.open_refund):
        # One after the other: what is left to dispute is known when the one before has ended.
        return Advance(recharge, effect=Effect.PARK)
    heard = replace(recharge, dispute=str(outcome.stage))
    what = f"dispute_{outcome.stage}"
    facts = {"reason": outcome.reason} if outcome.reason else {}
    is_about_state = known is None or known.in_books
    match recharge.state, outcome.stage:
        case State.CREDITED, DisputeStage.OPENED:
            after = move(heard, State.DISPUTED, what, **facts)
        case State.DISPUTED, DisputeStage.WON if is_about_state:
            after = move(heard, State.CREDITED, what, **facts)
        case State.DISPUTED, DisputeStage.LOST if is_about_state:
            after = move(heard, State.LOST, what, **facts)
        case _:
            after = Advance(heard, Step(what, facts))
    if outcome.stage is DisputeStage.OPENED:
        return replace(after, effect=Effect.OPEN_DISPUTE)
    if outcome.stage is DisputeStage.WON:
        return replace(after, effect=Effect.WIN_DISPUTE)
    return replace(after, effect=Effect.LOSE_DISPUTE)


def money_of(refund: RechargeRefund, recharge: Recharge) -> Money:
    """What the buyer gets back."""
    return Money(refund.amount, recharge.currency)
