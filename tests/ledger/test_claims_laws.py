"""Refunds, disputes, debts and payouts in any order: every coin and diamond is somewhere, once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.errors import LargesseError
from largesse.kernel.postgres import Urls
from largesse.ledger import Clawback, Committer, DebtOrder, Dispute, Payout, Refund
from tests.ledger.claims import Desk
from tests.ledger.conftest import Books

T = TypeVar("T")
picks = st.integers(0, 50)
coins = st.integers(1, 40)


@dataclass
class Pack:
    """A recharge in plain words: how many of its coins, and of its bonus, are where."""

    source: UUID
    free: int
    bonus: int
    expires: datetime
    cents: int
    bought: int
    held: int = 0
    bonus_held: int = 0
    spent: int = 0
    back: int = 0
    refund: Refund | None = None
    dispute: Dispute | None = None
    state: str = "fresh"


@dataclass
class Plain:
    """The purse in plain words: bonus coins go first, soonest expiry first, then the oldest."""

    packs: list[Pack] = field(default_factory=list)
    debt: int = 0
    clawed: int = 0
    given: int = 0

    @property
    def frozen(self) -> bool:
        return self.debt > 0 or any(pack.state == "disputed" for pack in self.packs)

    @property
    def free(self) -> int:
        return sum(pack.free for pack in self.packs)

    @property
    def bonus(self) -> int:
        return sum(pack.bonus for pack in self.packs)

    def tidy(self, now: datetime) -> None:
        for pack in self.packs:
            if pack.expires <= now:
                pack.bonus = 0

    def give(self, coins: int) -> bool:
        if self.bonus + self.free < coins:
            return False
        for pack in sorted(self.packs, key=lambda pack: pack.expires):
            taken = min(pack.bonus, coins)
            pack.bonus -= taken
            coins -= taken
        self.take(coins)
        return True

    def take(self, coins: int) -> None:
        for pack in self.packs:
            taken = min(pack.free, coins)
            pack.free -= taken
            pack.spent += taken
            coins -= taken

    def pay(self) -> int:
        paid = min(self.debt, self.free)
        self.take(paid)
        self.debt -= paid
        return paid


@dataclass
class Lab:
    """A ledger on a loop of its own, for tests that are not asynchronous."""

    loop: asyncio.AbstractEventLoop
    books: Books
    committer: Committer

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.loop.run_until_complete(wait())


@pytest.fixture(scope="module")
def lab(urls: Urls) -> Iterator[Lab]:
    loop = asyncio.new_event_loop()
    database, committer = Database(urls.app), Committer(urls.app, writers=1)
    loop.run_until_complete(database.open())
    loop.run_until_complete(committer.start())
    yield Lab(loop, Books(database, urls), committer)
    loop.run_until_complete(committer.stop())
    loop.run_until_complete(database.close())
    loop.close()


class ClaimsMachine(RuleBasedStateMachine):
    """One buyer and one creator; whatever is refused must leave the plain words true."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab, self.desk, self.plain = lab, Desk(lab.books), Plain()
        self.account = lab.run(lab.books.person())
        self.creator = self.account + 2_000_000
        self.payouts: list[Payout] = []
        self.names = itertools.count()

    def _try(self, work: Awaitable[Any]) -> Any:
        try:
            return self.lab.run(work)
        except LargesseError as refusal:
            return type(refusal).__name__

    def _set_aside(self, pack: Pack) -> None:
        pack.held, pack.free = pack.held + pack.free, 0
        pack.bonus_held, pack.bonus = pack.bonus_held + pack.bonus, 0

    def _give_back(self, pack: Pack, claim: Refund | Dispute) -> None:
        pack.held, pack.free = pack.held - claim.paid, pack.free + claim.paid
        pack.bonus_held, pack.bonus = pack.bonus_held - claim.promo, pack.bonus + claim.promo
        self.plain.tidy(self.desk.now)

    @rule(hours=st.integers(1, 60), sweep=st.booleans())
    def time_passes(self, hours: int, sweep: bool) -> None:
        self.desk.now += timedelta(hours=hours)
        if sweep:
            self.lab.run(ledger.expire_promos(self.lab.books.database, at=self.desk.now))
        self.plain.tidy(self.desk.now)

    def _pack(self, pick: int) -> Pack | None:
        return self.plain.packs[pick % len(self.plain.packs)] if self.plain.packs else None

    @rule(
        bought=coins,
        cents=st.integers(1, 500),
        tenth=st.booleans(),
        bonus=st.integers(0, 20),
        days=st.integers(1, 5),
    )
    def buy(self, bought: int, cents: int, tenth: bool, bonus: int, days: int) -> None:
        expires = self.desk.now + timedelta(days=days)
        source, credited = self.lab.run(
            self.desk.buy(
                self.account,
                coins=bought,
                gross=cents,
                tax=cents // 10 if tenth else 0,
                bonus=bonus,
                expires=expires,
            )
        )
        self.plain.packs.append(Pack(source, bought, bonus, expires, cents, bought))
        assert credited.repaid == self.plain.pay()

    @rule(size=coins)
    def give(self, size: int) -> None:
        spend = self.desk.gift(self.account, size, creator=self.creator)
        outcome = self._try(self.lab.committer.spend(spend))
        if self.plain.frozen:
            assert outcome == "SpendingFrozen"
        elif self.plain.give(size):
            self.plain.given += size
        else:
            assert outcome == "InsufficientCoins"

    @rule(pick=picks)
    def hold_refund(self, pick: int) -> None:
        if (pack := self._pack(pick)) is None:
            return
        outcome = self._try(self.desk.hold_refund(self.account, pack.source))
        expected = {"disputed": "DisputeOpen", "lost": "DisputeLost"}.get(pack.state)
        if expected or pack.refund:
            assert outcome == (expected or "RefundOpen")
        elif self.plain.debt:
            assert outcome == "CoinsOwed"
        elif outcome == "NothingToRefund":
            # Net and tax are whole cents each, so less than two may come to none.
            assert pack.free * pack.cents < 2 * pack.bought
        else:
            assert (outcome.paid, outcome.promo) == (pack.free, pack.bonus)
            pack.refund = outcome
            self._set_aside(pack)

    @rule(pick=picks, paid=st.booleans())
    def end_refund(self, pick: int, paid: bool) -> None:
        waiting = [pack for pack in self.plain.packs if pack.refund]
        if not waiting:
            return
        pack = waiting[pick % len(waiting)]
        assert pack.refund is not None
        verb = ledger.post_refund if paid else ledger.void_refund
        self.lab.run(self.desk.decide(verb, pack.refund))
        assert self._try(self.desk.decide(verb, pack.refund)) == (
            "RefundPosted" if paid else "RefundVoided"
        )
        refund, pack.refund = pack.refund, None
        if paid:
            pack.held, pack.back = pack.held - refund.paid, pack.back + refund.paid
            pack.bonus_held -= refund.promo
        else:
            self._give_back(pack, refund)

    @rule(pick=picks)
    def open_dispute(self, pick: int) -> None:
        if (pack := self._pack(pick)) is None:
            return
        outcome = self._try(self.desk.open_dispute(self.account, pack.source))
        if pack.state in {"disputed", "lost"}:
            assert outcome == ("DisputeOpen" if pack.state == "disputed" else "DisputeLost")
        elif outcome == "RechargeRefunded":
            # Cents that are left when most coins went back may be none.
            assert pack.back > 0
        else:
            assert (outcome.paid, outcome.promo) == (pack.free, pack.bonus)
            pack.dispute, pack.state = outcome, "disputed"
            self._set_aside(pack)

    @rule(pick=picks, lost=st.booleans(), clawback=st.sampled_from(Clawback))
    def end_dispute(self, pick: int, lost: bool, clawback: Clawback) -> None:
        waiting = [pack for pack in self.plain.packs if pack.state == "disputed"]
        if not waiting:
            return
        pack = waiting[pick % len(waiting)]
        assert pack.dispute is not None
        if not lost:
            self.lab.run(self.desk.decide(ledger.win_dispute, pack.dispute))
            pack.state = "fresh"
            self._give_back(pack, pack.dispute)
            return
        outcome = self._try(self.desk.lose(pack.dispute, clawback=clawback))
        if pack.refund:
            assert outcome == "RefundOpen"
            return
        assert outcome.owed == pack.spent
        pack.back += pack.held + pack.free
        pack.held = pack.free = pack.bonus = pack.bonus_held = 0
        pack.state = "lost"
        self.plain.debt += pack.spent
        self.plain.clawed += outcome.diamonds
        assert self._try(self.desk.decide(ledger.win_dispute, pack.dispute)) == "DisputeLost"

    @rule()
    def pay_debt(self) -> None:
        order = DebtOrder(ids.make(), self.account, f"debt-{next(self.names)}", b"", self.desk.now)

        async def pay() -> ledger.DebtPaid:
            async with self.lab.books.database.work() as connection:
                return await ledger.pay_debt(connection, order)

        outcome = self._try(pay())
        if not self.plain.debt:
            assert outcome == "NothingOwed"
        elif not self.plain.free:
            assert outcome == "InsufficientCoins"
        else:
            assert outcome.coins == self.plain.pay()

    @rule()
    def mature(self) -> None:
        self.lab.run(self.desk.mature(self.creator))

    @rule(size=st.integers(1, 30))
    def withdraw(self, size: int) -> None:
        before = self.lab.run(self.desk.diamonds(self.creator))
        outcome = self._try(self.desk.request(self.creator, size, cents=101))
        if before.available < size:
            assert outcome == "InsufficientDiamonds"
        else:
            self.payouts.append(outcome)

    @rule(pick=picks, verb=st.sampled_from(["payout_paid", "payout_rejected", "payout_returned"]))
    def end_payout(self, pick: int, verb: str) -> None:
        if self.payouts:
            payout = self.payouts[pick % len(self.payouts)]
            self._try(self.desk.decide(getattr(ledger, verb), payout))

    @invariant()
    def the_purse_is_the_plain_one(self) -> None:
        purse = self.lab.run(self.lab.books.purse(self.account, at=self.desk.now))
        assert (purse.paid, purse.held_paid) == (
            self.plain.free,
            sum(pack.held for pack in self.plain.packs),
        )
        assert (purse.promo, purse.held_promo) == (
            self.plain.bonus,
            sum(pack.bonus_held for pack in self.plain.packs),
        )
        assert (purse.debt, purse.is_frozen) == (self.plain.debt, self.plain.frozen)

    @invariant()
    def no_diamond_is_lost(self) -> None:
        now = self.lab.run(self.desk.diamonds(self.creator))
        total = now.pending + now.available + now.withdrawing + now.redeemed - now.debt
        assert total == self.plain.given - self.plain.clawed
        assert min(now.pending, now.available, now.withdrawing, now.redeemed, now.debt) >= 0

    def teardown(self) -> None:
        self.lab.run(self.lab.books.audit())


def test_claims_in_any_order_leave_the_books_right(lab: Lab) -> None:
    class Machine(ClaimsMachine):
        """It is made by the library, without arguments."""

        def __init__(self) -> None:
            super().__init__(lab)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
