from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

import psycopg
import pytest
from msgspec.structs import replace

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import Unavailable
from largesse.ledger import Committer, InsufficientCoins, Kind, Spend, Spent
from tests.ledger.conftest import NOON, Books

NewCommitter = Callable[..., Committer]


async def test_of_fifty_gifts_at_once_from_a_balance_for_one_exactly_one_is_paid(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=10)
    outcomes = await asyncio.gather(
        *(committer.spend(books.gift(account, 10)) for _ in range(50)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Spent) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, InsufficientCoins) for outcome in outcomes) == 49
    await books.audit()


async def test_the_same_key_through_two_committers_at_once_has_one_effect(
    books: Books, new_committer: NewCommitter
) -> None:
    account = await books.person(paid=1000)
    committers = [new_committer(), new_committer()]
    for one in committers:
        await one.start()
    spent = await asyncio.gather(
        *(
            one.spend(books.gift(account, 10, key=f"tap-{number % 10}"))
            for number in range(60)
            for one in committers
        )
    )
    for one in committers:
        await one.stop()
    assert len({one.seq for one in spent}) == 10
    assert sum(not one.replayed for one in spent) == 10
    assert (await books.purse(account)).spendable == 900
    await books.audit()


async def test_no_deadlock_whoever_sends_to_whom(books: Books, new_committer: NewCommitter) -> None:
    """Everybody gifts everybody, themselves too, through two committers, while coins come in."""
    people = [await books.person(paid=1000) for _ in range(6)]
    committers = [new_committer(batch_max=7), new_committer(batch_max=5, writers=3)]
    for one in committers:
        await one.start()
    gifts = [
        one.spend(books.gift(sender, 1, creator=creator))
        for sender in people
        for creator in people
        for one in committers
        for _ in range(5)
    ]
    credits_ = [books.recharge(person, coins=10) for person in people for _ in range(2)]
    outcomes = await asyncio.gather(*gifts, *credits_)
    for one in committers:
        await one.stop()
    assert len(outcomes) == len(gifts) + len(credits_)
    for person in people:
        assert (await books.purse(person)).spendable == 1000 - 60 + 20
    await books.audit()


async def test_what_a_feature_wants_to_find_again_is_kept_with_new_acts_only(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=10)
    room, gift, combo = ids.make(), ids.make(), ids.make()

    def told(coins: int, key: str) -> Spend:
        return replace(
            books.gift(account, coins, key=key), place=room, item=gift, thread=combo, count=3,
            rate=7000, hidden=True,
        )  # fmt: skip

    first = await committer.spend(told(1, "tap"))
    again = await committer.spend(told(1, "tap"))
    with pytest.raises(InsufficientCoins):
        await committer.spend(told(50, "other"))
    assert (again.seq, again.replayed) == (first.seq, True)
    assert await books.rows(
        "select seq, id, coins, room, gift, combo, count, anonymous, share + promotion"
        " from sent_gift where sender = %s",
        account,
    ) == [(first.seq, first.id, 1, room, gift, combo, 3, True, 7000)]


async def test_an_act_that_the_tables_refuse_does_not_fail_its_neighbours(
    books: Books, committer: Committer
) -> None:
    people = [await books.person(paid=30) for _ in range(20)]
    acts = [books.gift(person, coins) for coins, person in enumerate(people, start=1)]
    acts[6] = replace(acts[6], count=0)
    outcomes = await asyncio.gather(*(committer.spend(act) for act in acts), return_exceptions=True)
    assert isinstance(outcomes[6], psycopg.errors.CheckViolation)
    assert [o for o, outcome in enumerate(outcomes) if not isinstance(outcome, Spent)] == [6]
    left = [(await books.purse(person)).spendable for person in people]
    assert left == [30 - coins if coins != 7 else 30 for coins in range(1, 21)]
    await books.audit()


async def test_a_locked_purse_keeps_nobody_else_waiting(books: Books, committer: Committer) -> None:
    locked, free = await books.person(paid=10), await books.person(paid=10)
    async with books.database.work() as connection:
        await connection.execute(
            "select 1 from ledger.purse where account = %s for update", (locked,)
        )
        waiting = asyncio.create_task(committer.spend(books.gift(locked, 1)))
        neighbour = await committer.spend(books.gift(free, 1))
        assert not waiting.done()
    assert (await waiting).balance == neighbour.balance == 9


async def test_gifts_of_one_purse_that_waited_for_its_lock_take_a_coin_each(
    books: Books, new_committer: NewCommitter
) -> None:
    """They were batched together and set aside together; each has serials of its own."""
    locked, free = await books.person(paid=10), await books.person(paid=10)
    committer = new_committer(writers=1)
    await committer.start()
    async with books.database.work() as connection:
        await connection.execute(
            "select 1 from ledger.purse where account = %s for update", (locked,)
        )
        waiting = [asyncio.create_task(committer.spend(books.gift(locked, 1))) for _ in range(5)]
        await committer.spend(books.gift(free, 1))
    balances = [(await one).balance for one in waiting]
    await committer.stop()
    assert sorted(balances) == [5, 6, 7, 8, 9]
    assert (await books.purse(locked)).spendable == 5
    await books.audit()


async def test_a_lock_that_is_never_released_is_unavailable_and_not_missing_coins(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=10)
    async with books.database.work() as connection:
        await connection.execute(
            "select 1 from ledger.purse where account = %s for update", (account,)
        )
        with pytest.raises(Unavailable):
            await committer.spend(books.gift(account, 1))


async def test_a_caller_that_goes_away_breaks_nothing(books: Books, committer: Committer) -> None:
    account = await books.person(paid=100)
    callers = [asyncio.create_task(committer.spend(books.gift(account, 1))) for _ in range(20)]
    await asyncio.sleep(0)
    for caller in callers[::2]:
        caller.cancel()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)
    assert sum(isinstance(outcome, Spent) for outcome in outcomes) == 10
    assert (await committer.spend(books.gift(account, 1))).coins == 1
    await books.audit()


async def test_a_full_queue_says_so_at_once(books: Books, new_committer: NewCommitter) -> None:
    account = await books.person(paid=100)
    committer = new_committer(queue_max=5)
    await committer.start()
    outcomes = await asyncio.gather(
        *(committer.spend(books.gift(account, 1)) for _ in range(8)), return_exceptions=True
    )
    await committer.stop()
    assert [isinstance(outcome, Unavailable) for outcome in outcomes] == [False] * 5 + [True] * 3


async def test_a_stopped_committer_commits_what_is_queued_and_takes_nothing_new(
    books: Books, new_committer: NewCommitter
) -> None:
    account = await books.person(paid=100)
    committer = new_committer(batch_max=3)
    await committer.start()
    queued = [asyncio.create_task(committer.spend(books.gift(account, 1))) for _ in range(10)]
    await asyncio.sleep(0)
    await committer.stop()
    assert len(await asyncio.gather(*queued)) == 10
    with pytest.raises(Unavailable):
        await committer.spend(books.gift(account, 1))


async def test_connections_cut_under_load_lose_no_gift_and_double_none(
    books: Books, committer: Committer
) -> None:
    """Whether a cut batch had committed is not known, so it is posted again under its keys."""
    account = await books.person(paid=10_000)
    done = asyncio.Event()

    async def cut() -> None:
        while not done.is_set():
            await books.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'largesse-ledger' and datname = current_database()"
            )
            await asyncio.sleep(0.06)

    cutter = asyncio.create_task(cut())

    async def send(number: int) -> Spent:
        for _ in range(20):
            try:
                return await committer.spend(books.gift(account, 1, key=f"cut-{number}"))
            except Unavailable:
                continue
        raise AssertionError("never answered")

    spent = []
    for burst in range(5):
        spent += await asyncio.gather(*(send(burst * 30 + number) for number in range(30)))
    done.set()
    await cutter
    assert len({one.seq for one in spent}) == 150
    assert (await books.purse(account)).spendable == 9_850
    await books.audit()


async def test_a_database_that_is_gone_is_unavailable_in_time() -> None:
    committer = Committer("postgresql://nobody@/nothing?host=/nowhere", answer_seconds_max=0.3)
    await committer.start()
    spend = ledger.Spend(
        id=ids.make(), account=1, key="k", body=b"", kind=Kind.GIFT, creator=2, coins=1,
        diamonds=1, at=NOON,
    )  # fmt: skip
    with pytest.raises(Unavailable):
        await asyncio.wait_for(committer.spend(spend), timeout=2)
    await committer.stop()


async def test_a_writer_killed_at_any_moment_leaves_books_that_add_up(books: Books) -> None:
    """A process of its own sends gifts and is killed; what it was told to be done is done."""
    account = await books.person(paid=1_000_000)
    for _ in range(3):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.ledger.sender",
            books.urls.app,
            str(account),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        told = [int(await process.stdout.readline()) for _ in range(150)]
        os.kill(process.pid, signal.SIGKILL)
        told += [
            int(line)
            for line in (await process.stdout.read()).splitlines(keepends=True)
            if line.endswith(b"\n")
        ]
        await process.wait()
        kept = await books.rows(
            "select count(*) from ledger.journal where account = %s and seq = any(%s)",
            account,
            told,
        )
        assert kept[0][0] == len(told)
    await books.audit()


async def test_what_waits_for_a_locked_purse_is_answered_though_the_committer_stops(
    books: Books, new_committer: NewCommitter
) -> None:
    """Somebody holds one purse; its gifts wait in their order, the neighbours' do not."""
    locked, free = await books.person(paid=10), await books.person(paid=10)
    committer = new_committer()
    await committer.start()
    async with books.database.work() as connection:
        await connection.execute(
            "select from ledger.purse where account = %s for update", (locked,)
        )
        waiting = [
            asyncio.create_task(committer.spend(books.gift(locked, coins))) for coins in (1, 2, 3)
        ]
        assert (await committer.spend(books.gift(free, 4))).balance == 6
        for _ in range(3):
            assert (await committer.spend(books.gift(free, 1))).coins == 1
        stopping = asyncio.create_task(committer.stop())
        await asyncio.sleep(0.4)
        assert not any(one.done() for one in waiting)
    assert [(await one).balance for one in waiting] == [9, 7, 4]
    await stopping
