"""Fifty connections at once, in random order: nobody waits in a circle, nobody gets a broken connection."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

import pytest
import pytest_asyncio

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.errors import RequestInProgress, Unavailable
from largesse.kernel.postgres import Urls
from largesse.ledger import (
    Clawback,
    Committer,
    EscrowOrder,
    EscrowReturn,
    InsufficientCoins,
    Kind,
    Spent,
)
from tests.ledger.claims import Desk
from tests.ledger.conftest import NOON, Books

T = TypeVar("T")
PROCESSES, WRITERS = 10, 2
"""Ten committers of two writers, as if ten processes; thirty connections more do the rare acts."""


@pytest_asyncio.fixture
async def crowd(urls: Urls) -> AsyncIterator[list[Committer]]:
    committers = [Committer(urls.app, writers=WRITERS, batch_max=8) for _ in range(PROCESSES)]
    for one in committers:
        await one.start()
    yield committers
    for one in committers:
        await one.stop()


@pytest_asyncio.fixture
async def wide(urls: Urls) -> AsyncIterator[Books]:
    database = Database(urls.app, connections_max=50 - PROCESSES * WRITERS)
    await database.open()
    yield Books(database, urls)
    await database.close()


async def until_known(ask: Callable[[], Awaitable[T]]) -> T:
    """A good client: whoever hears "not now" asks again with the same key, for as long as it takes."""
    while True:
        try:
            return await ask()
        except (RequestInProgress, Unavailable):
            await asyncio.sleep(0.05)


async def deadlocks(books: Books) -> int:
    """How many circles of waiting the server has broken in this database, ever."""
    rows = await books.rows(
        "select deadlocks from pg_stat_database where datname = current_database()"
    )
    return int(rows[0][0])


async def there_and_back(books: Books, account: int, pot: UUID | None) -> None:
    """Put a coin aside and take it back, in two transactions."""
    act = ids.make()
    order = EscrowOrder(act, account, str(act), b"", Kind.EVENT_FEE, 1, NOON, pot)
    back = EscrowReturn(ids.make(), account, act, str(act), b"", NOON)

    async def put() -> None:
        async with books.database.work() as connection:
            await ledger.put_in_escrow(connection, order)

    async def take() -> None:
        async with books.database.work() as connection:
            await ledger.return_escrow(connection, back)

    await until_known(put)
    await until_known(take)


async def promised_and_voided(books: Books, account: int) -> None:
    order = books.hold(account, 1)

    async def promise() -> None:
        async with books.database.work() as connection:
            await ledger.hold(connection, order)

    async def void() -> None:
        async with books.database.work() as connection:
            await ledger.void_hold(
                connection, account=account, hold=order.id, act=order.id, at=NOON
            )

    await until_known(promise)
    await until_known(void)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whoever_gives_to_whom_nobody_waits_in_a_circle(
    wide: Books, crowd: list[Committer], seed: int
) -> None:
    """A to B and B to A, many to one, one to many, and to oneself, while all their purses are busy."""
    luck = random.Random(seed)
    people = [await wide.person(paid=400) for _ in range(12)]
    first, second, star, patron, vain, *_ = people
    pairs = [(first, second), (second, first)] * 60
    pairs += [(person, star) for person in people for _ in range(10)]
    pairs += [(patron, person) for person in people for _ in range(10)]
    pairs += [(vain, vain)] * 40
    pot = ids.make()
    async with wide.database.work() as connection:
        await ledger.open_pot(connection, pot=pot, currency="USD", at=NOON)
    before = await deadlocks(wide)

    def gift(sender: int, creator: int) -> Callable[[], Awaitable[object]]:
        spend, committer = wide.gift(sender, 1, creator=creator), luck.choice(crowd)
        return lambda: until_known(lambda: committer.spend(spend))

    acts = [gift(sender, creator) for sender, creator in pairs]
    for person in people * 4:
        acts.append(partial(there_and_back, wide, person, luck.choice([None, pot])))
        acts.append(partial(promised_and_voided, wide, person))
        acts.append(partial(wide.recharge, person, coins=1))
    luck.shuffle(acts)
    outcomes = await asyncio.gather(*(act() for act in acts))

    assert sum(isinstance(outcome, Spent) for outcome in outcomes) == len(pairs)
    for person in people:
        sent = sum(sender == person for sender, _ in pairs)
        assert (await wide.purse(person)).spendable == 400 + 4 - sent
        async with wide.database.read() as connection:
            earned = await ledger.pending_diamonds(connection, person)
        assert earned == sum(creator == person for _, creator in pairs)
    assert await deadlocks(wide) == before
    await wide.audit()


@pytest.mark.parametrize("seed", [1, 2])
async def test_payments_are_lost_while_diamonds_mature_and_pots_are_cancelled(
    wide: Books, crowd: list[Committer], seed: int
) -> None:
    """Purses, pots and creators are locked in one order by everybody."""
    luck, desk = random.Random(seed), Desk(wide)
    creators = [9_000_000 + 10 * seed + number for number in range(3)]
    buyers, sources = [await wide.person() for _ in range(10)], {}
    pot = ids.make()
    async with wide.database.work() as connection:
        await ledger.open_pot(connection, pot=pot, currency="USD", at=NOON)
    for buyer in buyers:
        sources[buyer], _ = await desk.buy(buyer, coins=60)
        for creator in creators:
            await crowd[0].spend(desk.gift(buyer, 9, creator=creator))
        entry = EscrowOrder(ids.make(), buyer, f"entry-{buyer}", b"", Kind.EVENT_FEE, 5, NOON, pot)
        async with wide.database.work() as connection:
            await ledger.put_in_escrow(connection, entry)
    await ledger.roll_up(wide.database)
    before = await deadlocks(wide)

    async def lose(buyer: int) -> None:
        dispute = await until_known(lambda: desk.open_dispute(buyer, sources[buyer]))
        await until_known(lambda: desk.lose(dispute, clawback=Clawback.ALL))

    async def cancel() -> None:
        async with wide.database.work() as connection:
            await ledger.cancel_pot(connection, pot=pot, key="off", body=b"", at=NOON)

    async def mature(creator: int) -> None:
        await until_known(lambda: desk.mature(creator))

    acts: list[Callable[[], Awaitable[object]]] = [
        *(partial(lose, buyer) for buyer in buyers),
        *(partial(mature, creator) for creator in creators * 3),
        lambda: until_known(cancel),
        *(lambda: until_known(lambda: ledger.return_cancelled(wide.database, at=NOON)),) * 5,
    ]
    luck.shuffle(acts)
    await asyncio.gather(*(act() for act in acts))

    await until_known(lambda: ledger.return_cancelled(wide.database, at=NOON))
    for buyer in buyers:
        purse = await wide.purse(buyer)
        # 27 coins are with creators; those of the entry came back, before the loss or after it.
        assert purse.debt - purse.paid == 27
    assert await deadlocks(wide) == before
    await wide.audit()


async def test_a_pool_that_is_used_up_is_unavailable_and_serves_again(
    books: Books, urls: Urls
) -> None:
    """Everybody who waits is told within the time of one answer; nobody who works is disturbed."""
    narrow = Database(urls.app, connections_max=3)
    await narrow.open()
    account, done, working = await books.person(paid=10), asyncio.Event(), asyncio.Semaphore(0)

    async def occupy() -> int:
        async with narrow.work() as connection:
            working.release()
            await done.wait()
            return (await ledger.purse(connection, account, at=NOON)).paid

    async def try_it() -> None:
        async with narrow.work() as connection:
            await ledger.hold(connection, books.hold(account, 1))

    busy = [asyncio.create_task(occupy()) for _ in range(3)]
    for _ in busy:
        await working.acquire()
    refused = await asyncio.gather(*(try_it() for _ in range(47)), return_exceptions=True)
    assert [type(one) for one in refused] == [Unavailable] * 47
    done.set()
    assert await asyncio.gather(*busy) == [10, 10, 10]
    await try_it()
    assert (await books.purse(account)).held == 1
    await narrow.close()


async def test_fifty_refusals_leave_no_connection_in_an_aborted_transaction(
    books: Books, urls: Urls
) -> None:
    """Missing coins, a key that is taken, a name that is taken: the next one on that connection is served."""
    narrow = Database(urls.app, connections_max=2)
    await narrow.open()
    broke, rich = await books.person(), await books.person(paid=50)
    twin = books.hold(rich, 1)
    async with narrow.work() as connection:
        await ledger.hold(connection, twin)

    async def ask(order: ledger.HoldOrder) -> object:
        try:
            async with narrow.work() as connection:
                return await ledger.hold(connection, order)
        except (InsufficientCoins, ledger.LedgerError) as refusal:
            return type(refusal)

    async def break_a_table() -> object:
        try:
            async with narrow.work() as connection:
                await connection.execute("insert into ledger.horizon default values")
        except Exception as error:  # noqa: BLE001 - whichever it is, the transaction is aborted
            return type(error)
        return None

    acts = [act for _ in range(25) for act in (ask(books.hold(broke, 1)), ask(books.hold(rich, 1)))]
    mixed = [*acts, *(break_a_table() for _ in range(10))]
    random.Random(5).shuffle(mixed)
    outcomes = await asyncio.gather(*mixed)
    assert sum(outcome is InsufficientCoins for outcome in outcomes) == 25
    assert sum(isinstance(outcome, ledger.Hold) for outcome in outcomes) == 25
    states = await books.rows(
        "select state from pg_stat_activity where datname = current_database() and state like '%%aborted%%'"
    )
    assert states == []
    assert (await books.purse(rich)).held == 26
    await narrow.close()
    await books.audit()
