"""One purse of the real ledger against a plain one: small and quick, so that it can judge mutants.

All books together are driven by `test_proof.py`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.errors import IdempotencyConflict, LargesseError
from largesse.kernel.postgres import Urls
from largesse.ledger import Committer, Limits, OnExpiry, Spend, Spent
from tests.ledger.conftest import NOON, Books
from tests.ledger.model import ModelPurse

T = TypeVar("T")
coins = st.one_of(st.integers(1, 40), st.integers(1, 3))


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
    # One writer: gifts that are sent at once are judged in the order in which they were sent.
    database, committer = Database(urls.app), Committer(urls.app, writers=1)
    loop.run_until_complete(database.open())
    loop.run_until_complete(committer.start())
    yield Lab(loop, Books(database, urls), committer)
    loop.run_until_complete(committer.stop())
    loop.run_until_complete(database.close())
    loop.close()


class PurseMachine(RuleBasedStateMachine):
    """One person's purse through everything that issue 2 knows."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self.lab = lab
        self.books = lab.books
        self.model = ModelPurse()
        self.now = NOON
        self.account = lab.run(self.books.person())
        self.creator = self.account + 1_000_000
        self.sent: list[tuple[Spend, Spent]] = []
        self.names = itertools.count()
        self.holds: dict[int, UUID] = {}
        self.steps = 0

    def _try(self, work: Awaitable[T]) -> T | str:
        try:
            return self.lab.run(work)
        except LargesseError as refusal:
            return type(refusal).__name__

    @rule(bought=coins, cents=st.integers(0, 500))
    def recharge(self, bought: int, cents: int) -> None:
        self.lab.run(self.books.recharge(self.account, coins=bought, cents=cents))
        self.model.recharge(bought, cents * 10_000)

    @rule(granted=coins, days=st.integers(1, 4))
    def bonus(self, granted: int, days: int) -> None:
        expires = self.now + timedelta(days=days)
        self.lab.run(self.books.bonus(self.account, coins=granted, expires=expires))
        self.model.bonus(granted, expires)

    @rule(sizes=st.lists(coins, min_size=1, max_size=4))
    def gifts_at_once(self, sizes: list[int]) -> None:
        """They queue in this order, so they are judged in this order, in one batch or several."""
        spends = [
            self.books.gift(self.account, size, creator=self.creator, at=self.now) for size in sizes
        ]

        async def send() -> list[Spent | BaseException]:
            return await asyncio.gather(
                *(one_writer.spend(spend) for spend in spends), return_exceptions=True
            )

        one_writer = self.lab.committer
        for spend, outcome in zip(spends, self.lab.run(send()), strict=True):
            expected = self.model.gift(spend.coins, self.now)
            if isinstance(outcome, Spent):
                assert outcome.micro == expected
                self.sent.append((spend, outcome))
            else:
                assert type(outcome).__name__ == expected

    @precondition(lambda self: self.sent)
    @rule(pick=st.integers(0, 50), honest=st.booleans())
    def repeat(self, pick: int, honest: bool) -> None:
        spend, first = self.sent[pick % len(self.sent)]
        body = spend.body if honest else b"something else"
        again = self.books.gift(
            self.account, spend.coins, key=spend.key, body=body, creator=self.creator, at=self.now
        )
        outcome = self._try(self.lab.committer.spend(again))
        self.model.tidy(self.now)
        if honest:
            assert isinstance(outcome, Spent)
            assert (outcome.seq, outcome.balance, outcome.replayed) == (
                first.seq, first.balance, True,
            )  # fmt: skip
        else:
            assert outcome == IdempotencyConflict.__name__

    @rule(size=coins, hours=st.integers(1, 30))
    def hold(self, size: int, hours: int) -> None:
        lasts = timedelta(hours=hours)
        order = self.books.hold(
            self.account, size, on_expiry=OnExpiry.VOID, at=self.now, lasts=lasts
        )

        async def make() -> int:
            async with self.books.database.work() as connection:
                return (await ledger.hold(connection, order)).micro

        name = next(self.names)
        outcome = self._try(make())
        plain = self.now
        expected = self.model.hold(name, size, plain, plain + lasts)
        assert outcome == expected
        if not isinstance(outcome, str):
            self.holds[name] = order.id

    @precondition(lambda self: self.holds)
    @rule(pick=st.integers(0, 50), post=st.booleans())
    def end(self, pick: int, post: bool) -> None:
        name = sorted(self.holds)[pick % len(self.holds)]
        hold = self.holds[name]
        ends = ledger.post_hold if post else ledger.void_hold

        async def finish() -> object:
            async with self.books.database.work() as connection:
                return await ends(
                    connection, account=self.account, hold=hold, act=ids.make(), at=self.now
                )

        outcome = self._try(finish())
        if self.model.promises[name].due <= self.now:
            assert outcome == "HoldOverdue"
            return
        del self.holds[name]
        if post:
            assert isinstance(outcome, Spent)
            assert outcome.micro == self.model.post(name)
        else:
            self.model.void(name, self.now)
        assert self._try(finish()) == ("HoldPosted" if post else "HoldVoided")

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        """The sweepers come by at once: due holds end, then overdue promo coins leave."""
        self.now += timedelta(hours=hours)
        plain = self.now

        async def sweep() -> None:
            async with self.books.database.read() as connection:
                due = await ledger.due_holds(connection, at=self.now, limit=1000)
            for one in due:
                async with self.books.database.work() as connection:
                    await ledger.resolve_hold(
                        connection, account=one.account, hold=one.id, act=ids.make(), at=self.now
                    )
            await ledger.expire_promos(self.books.database, at=self.now)
            await ledger.roll_up(self.books.database)

        self.lab.run(sweep())
        due = {name: one.due for name, one in self.model.promises.items() if one.due <= plain}
        for name in sorted(due, key=lambda one: due[one]):
            self.model.void(name, plain)
            del self.holds[name]
        self.model.tidy(plain)

    @rule(limit=st.one_of(st.none(), st.integers(0, 3_000_000)))
    def set_limit(self, limit: int | None) -> None:
        async def put() -> None:
            async with self.books.database.work() as connection:
                await ledger.set_limits(connection, account=self.account, limits=Limits(day=limit))

        self.lab.run(put())
        self.model.limit = limit

    @invariant()
    def the_purse_is_the_model(self) -> None:
        purse = self.lab.run(self.books.purse(self.account, at=self.now))
        model = self.model
        assert (purse.paid + purse.held_paid, purse.held_paid) == (len(model.paid), model.held_paid)
        assert purse.held_promo == model.held_promo
        over = sum(coin.expires <= self.now for coin in model.promo)
        assert purse.promo + purse.held_promo == len(model.promo) - max(0, over - model.held_promo)
        assert purse.basis_micro == sum(coin.micro for coin in model.paid)
        assert purse.spent_day_micro == model.spent.get(self.now.date(), 0)
        assert model.issued == len(model.paid) + len(model.promo) + model.gone

    @invariant()
    def the_history_is_the_model(self) -> None:
        self.steps += 1
        if self.steps % 7:
            return

        async def read() -> tuple[int, int]:
            async with self.books.database.read() as connection:
                entries = await ledger.entries(connection, self.account, limit=1000)
                earned = await ledger.pending_diamonds(connection, self.creator)
                return sum(entry.coins for entry in entries), earned

        changed, earned = self.lab.run(read())
        assert changed == len(self.model.paid) + len(self.model.promo) - (
            self.model.held_paid + self.model.held_promo
        )
        posted = sum(spend.coins for spend, _ in self.sent)
        assert earned == posted <= self.model.diamonds

    def teardown(self) -> None:
        self.lab.run(self.books.audit())


def test_the_ledger_is_the_model_whatever_happens(lab: Lab) -> None:
    class Machine(PurseMachine):
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
