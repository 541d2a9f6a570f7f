"""Buyers, a lying provider and the clock, in any order: the rules that a machine plays with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.errors import LargesseError
from largesse.kernel.postgres import Urls
from largesse.ledger import Committer, Kind, Spend
from largesse.payments import NoticeRefused, Providers
from largesse.people import Newcomer, Viewer, sign_up
from largesse.recharge import (
    Recharge,
    RechargeRules,
    Recharging,
    State,
    expire_recharges,
    sweep_recharges,
    sweep_refunds,
)
from largesse.recharge.cancel import cancel_recharge
from largesse.recharge.check import check_recharge
from largesse.recharge.confirm import confirm_recharge
from largesse.recharge.model import TRANSITIONS
from largesse.recharge.notices import take_notice
from largesse.recharge.quote import Wish, quote
from largesse.recharge.refunds.ask import ask_refund
from largesse.sandbox.model import NotPayable
from tests.recharge.proof import ends
from tests.recharge.proof.provider import LyingProvider, VirtualClock

T = TypeVar("T")
PICK = st.integers(0, 10**6)
ORDERS_MAX = 3
CREATOR = 900_001
CARDS = ["4242424242424242", "4000000000000002", "4000000000009995", "4000002500003155"]


class OrderMachine(RuleBasedStateMachine):
    """One buyer with up to three orders at a provider that tells the truth only when asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop, urls: Urls, committer: Committer) -> None:
        super().__init__()
        self.loop, self.committer = loop, committer
        self.database = Database(urls.app)
        self.clock = VirtualClock()
        self.provider = LyingProvider(self.clock)
        self.recharging = Recharging(
            database=self.database,
            providers=Providers({"sandbox": self.provider.adapter}),
            clock=self.clock,
            origin="http://127.0.0.1:8400",
            rules=RechargeRules(),
        )
        self.orders: list[UUID] = []
        self.states: dict[UUID, State] = {}
        self.spent_paid = 0
        self.agreed = False
        self.buyer: Viewer = self.run(self._begin())

    async def _begin(self) -> Viewer:
        await self.database.open()
        handle = f"p{ids.make().hex[-16:]}"
        newcomer = Newcomer(
            handle=handle,
            email=f"{handle}@example.org",
            password="open sesame largesse",
            birth_date=date(1990, 5, 1),
            country="US",
        )
        return await sign_up(self.database, newcomer, now=self.clock.now())

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        self.agreed = False
        return self.loop.run_until_complete(wait())

    def refused(self, work: Awaitable[object]) -> str | None:
        """Do something that may be refused; a refusal has a code and changes nothing that we check."""
        try:
            self.run(work)
        except LargesseError as refusal:
            return refusal.code
        return None

    def order(self, pick: int) -> UUID:
        return self.orders[pick % len(self.orders)]

    def read(self, order: UUID) -> Recharge:
        return self.run(ends.order_row(self.database, order))

    def checkout(self, pick: int) -> str | None:
        """The page of an order, if the provider has one, whether we heard of it or not."""
        reference = ids.show("rch", self.order(pick))
        found = self.provider.till.store.checkouts_for(reference)
        assert len(found) <= 1, "two pages for one order"
        return found[0].id if found else None

    def press(self, pick: int, path: str = "", **body: Any) -> bool:
        checkout = self.checkout(pick)
        return checkout is not None and self.run(self.provider.press(checkout, path, **body))

    @property
    def has_orders(self) -> bool:
        return bool(self.orders)

    @property
    def has_notices(self) -> bool:
        return bool(self.provider.notices)

    # The buyer.

    @precondition(lambda self: len(self.orders) < ORDERS_MAX)
    @rule(coins=st.sampled_from([35, 350, 1400]), silent=st.booleans(), paid=st.booleans())
    def buys(self, coins: int, *, silent: bool, paid: bool) -> None:
        async def begin() -> UUID:
            now = self.clock.now()
            async with self.database.work() as connection:
                wish = Wish(method="card", coins=coins)
                made = await quote(connection, self.recharging, self.buyer, wish, now=now)
            if silent:
                await self.provider.stumble(1)
            await confirm_recharge(self.recharging, self.buyer, made.id, now=now)
            return made.id

        self.orders.append(self.run(begin()))
        self.provider.collect()
        if paid:
            self.press(len(self.orders) - 1, card=CARDS[0])

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK, card=st.sampled_from(CARDS), slow=st.booleans())
    def pays(self, pick: int, card: str, *, slow: bool) -> None:
        self.press(pick, card=card, outcome="processing" if slow else None)

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK, complete=st.booleans())
    def answers_the_bank(self, pick: int, *, complete: bool) -> None:
        self.press(pick, "/authenticate", step="complete" if complete else "fail")

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK)
    def cancels(self, pick: int) -> None:
        async def cancel() -> None:
            async with self.database.work() as connection:
                cancelled = await cancel_recharge(
                    connection,
                    self.buyer,
                    self.order(pick),
                    now=self.clock.now(),
                    rules=self.recharging.rules,
                )
            if cancelled.checkout is not None:
                await self.provider.adapter.close_checkout(checkout=cancelled.checkout)

        self.refused(cancel())
        self.provider.collect()

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK)
    def presses_check(self, pick: int) -> None:
        self.run(check_recharge(self.recharging, self.order(pick), now=self.clock.now()))
        self.provider.collect()

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK, key=st.sampled_from("abc"), silent=st.booleans())
    def wants_money_back(self, pick: int, key: str, *, silent: bool) -> None:
        if silent:
            self.run(self.provider.stumble(1))
        self.refused(
            ask_refund(self.recharging, self.buyer, self.order(pick), key=key, now=self.clock.now())
        )
        self.provider.collect()

    @rule(coins=st.integers(1, 400))
    def sends_a_gift(self, coins: int) -> None:
        async def spend() -> int:
            key = ids.make()
            spent = await self.committer.spend(
                Spend(
                    id=key, account=self.buyer.no, key=str(key), body=b"rose", kind=Kind.GIFT,
                    creator=CREATOR, coins=coins, diamonds=coins, at=self.clock.now(), rate=5_000,
                )
            )  # fmt: skip
            return spent.paid

        with contextlib.suppress(LargesseError):
            self.spent_paid += self.run(spend())

    # The provider and the payer's bank.

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK, paid=st.booleans())
    def a_slow_payment_ends(self, pick: int, *, paid: bool) -> None:
        self.press(pick, "/settle", paid=paid)

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK, stage=st.sampled_from(["opened", "opened", "won", "lost"]))
    def the_bank_disputes(self, pick: int, stage: str) -> None:
        self.press(pick, "/dispute", stage=stage, fee=1500)

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK, whole=st.booleans())
    def the_provider_refunds_by_itself(self, pick: int, *, whole: bool) -> None:
        checkout = self.checkout(pick)
        if checkout is None:
            return
        found = self.provider.till.find(checkout)
        left = (found.paid_amount or 0) - found.refunded
        self.press(pick, "/refund", amount=left if whole else max(1, left // 3))

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK, paid=st.booleans())
    def our_refund_ends(self, pick: int, *, paid: bool) -> None:
        checkout = self.checkout(pick)
        asked = [] if checkout is None else self.provider.till.store.refunds_of(checkout)
        ours = [refund for refund in asked if not refund.key.startswith("console")]
        if ours:
            with contextlib.suppress(NotPayable):
                self.provider.till.end_refund(ours[-1].id, is_paid=paid)
            self.provider.collect()

    @precondition(lambda self: self.has_orders)
    @rule(pick=PICK, fault=st.sampled_from(["wrong_amount", "wrong_currency", "pending", "done"]))
    def the_provider_changes_its_ways(self, pick: int, fault: str) -> None:
        is_refund = fault in ("pending", "done")
        self.press(pick, "/faults", **({"refund": fault} if is_refund else {fault: True}))

    @precondition(lambda self: self.has_notices)
    @rule(pick=PICK, times=st.integers(1, 2))
    def a_notice_arrives(self, pick: int, times: int) -> None:
        for _ in range(times):
            self.run(self.deliver(self.provider.notices[pick % len(self.provider.notices)]))

    @precondition(lambda self: self.has_notices)
    @rule(pick=PICK)
    def a_notice_arrives_damaged(self, pick: int) -> None:
        body = self.provider.notices[pick % len(self.provider.notices)]
        headers = self.provider.signed(body)
        damaged = body.replace(b'"amount":', b'"amount":9', 1)
        code = self.refused(
            take_notice(self.recharging, "sandbox", headers, damaged, now=self.clock.now())
        )
        assert code == NoticeRefused.code

    async def deliver(self, body: bytes) -> None:
        headers = self.provider.signed(body)
        await take_notice(self.recharging, "sandbox", headers, body, now=self.clock.now())

    # The house and the clock.

    @rule(silent=st.integers(0, 2))
    def the_sweepers_come_by(self, silent: int) -> None:
        self.run(self.provider.stumble(silent))
        self.run(self.sweep())
        self.run(self.provider.stumble(0))

    async def sweep(self) -> None:
        now = self.clock.now()
        await sweep_recharges(self.recharging, now=now)
        await expire_recharges(self.recharging, now=now)
        await sweep_refunds(self.recharging, now=now)
        self.provider.collect()

    @rule(minutes=st.sampled_from([1, 1, 20, 90, 3 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.clock.push(timedelta(minutes=minutes))

    # What must be true after each step.

    @invariant()
    def the_books_and_the_orders_agree(self) -> None:
        for order in self.orders:
            now = self.read(order)
            before = self.states.get(order, State.REVIEW)
            assert now.state in _reachable(before), f"{before} became {now.state}"
            self.states[order] = now.state
            checkout = self.provider.till.store.checkouts_for(now.reference)
            self.run(ends.credited_only_if_paid(self.database, now, checkout))
        self.run(ends.the_purse_adds_up(self.database, self.buyer.no, self.clock.now()))
        self.agreed = True

    def teardown(self) -> None:
        try:
            if self.agreed and self.orders:
                self.run(self._end(Random(len(self.provider.notices))))
        finally:
            self.run(self.provider.close())
            self.run(self.database.close())

    async def _end(self, luck: Random) -> None:
        """Everybody tells everything there is, in any order; then the books say what happened."""
        await self.provider.stumble(0)
        for order in self.orders:
            for checkout in self.provider.till.store.checkouts_for(ids.show("rch", order)):
                for refund in self.provider.till.store.refunds_of(checkout.id):
                    if refund.status == "pending":
                        self.provider.till.end_refund(refund.id, is_paid=True)
        self.provider.collect()
        if luck.random() < 0.5:
            notices = self.provider.notices * 2
            luck.shuffle(notices)
            for body in notices:
                await self.deliver(body)
        for _ in range(3):
            for order in self.orders:
                await check_recharge(self.recharging, order, now=self.clock.now())
            self.clock.push(timedelta(hours=2))
            await self.sweep()
        await ends.everything_is_as_it_was_paid(
            self.database, self.provider.till, self.recharging, self.buyer, self.spent_paid
        )


def _reachable(state: State) -> set[State]:
    """Everything that one step may lead to: some are several moves at once."""
    found, pending = {state}, [state]
    while pending:
        fresh = TRANSITIONS[pending.pop()] - found
        found |= fresh
        pending += fresh
    return found
