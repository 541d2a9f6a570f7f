"""What all rules have in common: do it in the plain books, then in the real ones, and compare."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from dataclasses import replace as dataclass_replace
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import psycopg
from hypothesis.stateful import RuleBasedStateMachine, invariant
from psycopg import sql

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection, Database
from largesse.kernel.errors import LargesseError
from largesse.kernel.postgres import Cluster
from largesse.ledger import Committer, Period
from tests.conftest import TEMPLATE
from tests.ledger.conftest import NOON, Books
from tests.ledger.proof import histories, laws
from tests.ledger.proof.coins import Person, Refused
from tests.ledger.proof.reading import Reader
from tests.ledger.proof.world import World

T = TypeVar("T")
PEOPLE = {1001: "USD", 1002: "USD", 1003: "JPY"}
STRANGER = 1009
"""Somebody without a purse."""
CREATORS = (2001, 2002, 1001)
"""One of them is a person with a purse, who may give to themselves."""
ROOMS = tuple(UUID(int=number) for number in (1, 2))


@dataclass
class Again:
    """Something that was done, and how to ask for it once more: honestly, or with another content."""

    account: int
    ask: Callable[[bool], Awaitable[Any]]
    first: Any
    committed: bool


class Machine(RuleBasedStateMachine):
    """The real ledger on a database of its own, and the plain books beside it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, cluster: Cluster) -> None:
        super().__init__()
        self.loop, self.cluster = loop, cluster
        self.name = f"proof_{ids.make().hex}"
        with psycopg.connect(cluster.urls("postgres").owner, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(self.name), sql.Identifier(TEMPLATE)
                )
            )
        urls = cluster.urls(self.name)
        self.books = Books(Database(urls.app), urls)
        self.committer = Committer(urls.app)
        self.world = World(NOON)
        self.reader = Reader(self.books, self.world)
        self.done: list[Again] = []
        self.names: dict[tuple[int, str], itertools.count[int]] = defaultdict(itertools.count)
        self.steps = 0
        self.agreed = True
        self.run(self._begin())
        self.begin()

    async def _begin(self) -> None:
        await self.books.database.open()
        await self.committer.start()
        for account, currency in PEOPLE.items():
            self.world.people[account] = Person(account, currency)
            async with self.books.database.work() as connection:
                await ledger.open_purse(connection, account=account, currency=currency, at=NOON)
        for party in CREATORS:
            self.world.creator(party)

    def teardown(self) -> None:
        try:
            if self.agreed:
                self.run(self.books.audit())
                self.run(self._look_everywhere(Random(self.steps)))
        finally:
            self.run(self._end())
            with psycopg.connect(
                self.cluster.urls("postgres").owner, autocommit=True
            ) as connection:
                connection.execute(
                    sql.SQL("drop database {} with (force)").format(sql.Identifier(self.name))
                )

    async def _end(self) -> None:
        await self.committer.stop()
        await self.books.database.close()

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        self.agreed = False
        return self.loop.run_until_complete(wait())

    async def work(self, verb: Callable[[Connection], Awaitable[T]]) -> T:
        """One act in a transaction of its own."""
        async with self.books.database.work() as connection:
            return await verb(connection)

    def key(self, account: int, origin: str) -> str:
        """A key that this person has not used for acts of this origin; others have, and did."""
        return str(next(self.names[account, origin]))

    @property
    def rarely(self) -> bool:
        """What means little to anything else has its turn every few steps."""
        return self.steps % 4 == 1

    def person(self, pick: int) -> Person:
        people = list(self.world.people.values())
        return people[pick % len(people)]

    def act(
        self, plain: Callable[[], T], real: Callable[[], Awaitable[Any]]
    ) -> tuple[T, Any] | None:
        """Both books do it, or both refuse it for the same reason, and then no row has changed."""
        try:
            expected = plain()
        except Refused as refusal:
            self.refused(refusal.word, real)
            return None
        outcome = self.run(real())
        self.look()
        return expected, outcome

    def begin(self) -> None:
        """Rules' classes start with something that can go on."""

    def look(self) -> None:
        """Lay what is new in the books beside what should be; overdue coins may have left with it."""
        for person in self.world.people.values():
            person.tidy(self.world.now)
        self.run(self.reader.find())

    def refused(
        self, word: str, real: Callable[[], Awaitable[Any]], *, sweeps: bool = False
    ) -> None:
        before = self.run(self.books.digest())
        try:
            outcome = self.run(real())
        except LargesseError as refusal:
            outcome = type(refusal).__name__
        assert outcome == word
        # Whoever spends is swept first, and stays swept when the gift is refused.
        if not sweeps:
            assert self.run(self.books.digest()) == before
        self.look()

    def has_stale_promo(self, account: int) -> bool:
        return bool(
            self.run(
                self.books.rows(
                    "select 1 from ledger.purse where account = %s and promo_until <= %s",
                    account,
                    self.world.now,
                )
            )
        )

    def remember(
        self,
        account: int,
        ask: Callable[[bool], Awaitable[Any]],
        first: Any,
        *,
        committed: bool = False,
    ) -> None:
        self.done.append(Again(account, ask, first, committed))

    def repeat(self, again: Again, *, honest: bool) -> None:
        """The same key gets the same answer, whatever happened since, and moves nothing."""
        if not honest:
            stale = again.committed and self.has_stale_promo(again.account)
            self.refused("IdempotencyConflict", lambda: again.ask(False), sweeps=stale)
            return
        outcome = self.run(again.ask(True))
        assert _same(outcome, again.first), (outcome, again.first)
        self.look()

    @invariant()
    def the_books_agree(self) -> None:
        self.steps += 1
        self.run(self._look(Random(self.steps)))
        self.agreed = True

    async def _look(self, luck: Random) -> None:
        for person in self.world.people.values():
            await laws.the_purse_is_the_list(self.books, self.world, person)
            await laws.the_next_coins_cost_what_they_cost(
                self.books, self.world, person, luck.randint(1, 60)
            )
        await laws.diamonds_are_where_they_should_be(self.books, self.world)
        laws.the_laws_hold(self.world, self.reader.history)
        if self.steps % 4 == 0:
            await self._look_everywhere(luck)
        if self.steps % 12 == 0:
            await self.books.audit()

    async def _look_everywhere(self, luck: Random) -> None:
        history = self.reader.history
        await histories.the_history_is_the_list(self.books, self.world, history, luck)
        await histories.gifts_are_found_by_any_two_questions(self.books, history, luck)
        await histories.what_was_received_is_found(self.books, history, luck)
        for _ in range(3):
            await histories.the_statement_is_the_list(self.books, history, luck)
        moments = [act.at for act in history]
        before = luck.choice([*moments, self.world.now]) + histories.AHEAD * luck.choice([0, 1])
        period = Period(luck.choice([None, *moments]), before)
        await histories.what_was_unused_is_known_for_ever(
            self.books, self.world, history, before=before
        )
        await histories.what_went_unused_is_known_for_ever(self.books, self.world, period=period)
        await histories.every_balance_is_the_sum(self.books, history, before=before)
        await histories.unlocked_balances_are_the_sum(self.books, history)


def _same(again: Any, first: Any) -> bool:
    """An answer is the first one once more; where a thing lives on, it is the same thing."""
    match again:
        case ledger.Spent():
            return bool(msgspec.structs.replace(again, replayed=False) == first)
        case ledger.Hold() | ledger.Escrow():
            return (again.id, again.seq) == (first.id, first.seq)
        case ledger.DebtPaid():
            return (again.id, again.seq, again.coins) == (first.id, first.seq, first.coins)
        case None | int():
            return bool(again == first)
        case _:
            assert again.replayed
            return bool(dataclass_replace(again, replayed=False) == first)
