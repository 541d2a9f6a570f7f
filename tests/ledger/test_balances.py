"""Balances of accounts that nobody locks: right, short to read, and folded by anybody."""

from __future__ import annotations

import asyncio

import psycopg

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import HOUSE, Booking, Committer, Kind, Leg
from tests.ledger.conftest import NOON, Books

CREATOR = 8_100


async def _acts(books: Books, committer: Committer) -> int:
    """A little of everything, and the money that it moved."""
    account = await books.person(paid=200, promo=50)
    for coins in (30, 40, 5):
        await committer.spend(books.gift(account, coins, creator=CREATOR))
    for post in (True, False):
        async with books.database.work() as connection:
            held = await ledger.hold(connection, books.hold(account, 7))
            end = ledger.post_hold if post else ledger.void_hold
            await end(connection, account=account, hold=held.id, act=ids.make(), at=NOON)
    order = Booking(
        id=ids.make(), account=10, key=f"fee-{account}", body=b"", kind=Kind.PROVIDER_FEE, at=NOON,
        legs=(Leg(ledger.account(HOUSE, 600), ledger.account(10, 310), 61, 840),),
    )  # fmt: skip
    async with books.database.work() as connection:
        await ledger.book(connection, order)
    # Who gives to themselves is on both sides of one journal.
    await committer.spend(books.gift(account, 3, creator=account))
    return account


async def _every_balance_is_its_transfers(books: Books) -> None:
    wrong = await books.rows(
        "select side.account, t.asset, sum(side.amount), ledger.open_balance(side.account, t.asset)"
        " from ledger.transfers t"
        " cross join lateral (values (t.debit, -t.amount), (t.credit, t.amount)) side (account, amount)"
        " where side.account %% 1000 = any(%s::int[])"
        " group by 1, 2 having sum(side.amount) <> ledger.open_balance(side.account, t.asset)",
        [line.code for line in ledger.CHART if line.guard.value == "open"],
    )
    assert wrong == []


async def test_every_balance_is_the_sum_of_its_transfers_wherever_the_horizon_stands(
    books: Books, committer: Committer
) -> None:
    await _acts(books, committer)
    await _every_balance_is_its_transfers(books)
    await ledger.roll_up(books.database)
    await _acts(books, committer)
    await _every_balance_is_its_transfers(books)
    while await ledger.roll_up(books.database, numbers=4, steps=1):
        await _every_balance_is_its_transfers(books)
    await books.audit()


async def test_a_backlog_is_folded_in_steps_of_bounded_size(
    books: Books, committer: Committer
) -> None:
    for _ in range(2):
        await ledger.roll_up(books.database)
    account = await books.person(paid=100)
    for _ in range(20):
        await committer.spend(books.gift(account, 1, creator=CREATOR))
    assert await ledger.roll_up(books.database, numbers=5, steps=1) == 0
    assert await ledger.roll_up(books.database, numbers=5, steps=1) == 5
    assert await ledger.roll_up(books.database, numbers=5, steps=2) == 10
    await books.audit()
    while await ledger.roll_up(books.database, numbers=5, steps=2):
        await books.audit()


async def test_many_workers_fold_and_each_journal_once(books: Books, committer: Committer) -> None:
    account = await books.person(paid=100)
    for _ in range(40):
        await committer.spend(books.gift(account, 1, creator=CREATOR))
    for _ in range(3):
        await asyncio.gather(
            *(ledger.roll_up(books.database, numbers=7, steps=3) for _ in range(8))
        )
        await books.audit()
    await _every_balance_is_its_transfers(books)


async def test_a_worker_that_meets_another_one_goes_its_way(books: Books) -> None:
    """It does not wait for the other's lock, neither to fold nor to note a candidate."""
    await books.person(paid=10)
    async with books.database.work() as connection:
        await connection.execute("select 1 from ledger.horizon for update")
        assert await ledger.roll_up(books.database) == 0


async def test_a_balance_reads_the_tail_and_not_the_journal(
    books: Books, committer: Committer
) -> None:
    """Its plan is cached while the books are empty, and they fill without being analysed."""
    account = await books.person(paid=20_000)
    async with await psycopg.AsyncConnection.connect(books.urls.app) as reader:

        async def read() -> int:
            cursor = await reader.execute(
                "select ledger.open_balance(%s, 2::smallint)", (CREATOR * 1000 + 200,)
            )
            row = await cursor.fetchone()
            assert row is not None
            return int(row[0])

        before = await read()
        for _ in range(10):
            await asyncio.gather(
                *(committer.spend(books.gift(account, 1, creator=CREATOR)) for _ in range(300))
            )
        while await ledger.roll_up(books.database):
            pass
        await reader.commit()
        assert await read() == before + 3_000
        used = await reader.execute(
            "select relname from pg_class c where pg_stat_get_xact_numscans(oid) > 0"
            " and relname in ('journal', 'journal_pkey', 'journal_key_once', 'journal_by_seq')"
        )
        assert await used.fetchall() == [("journal_by_seq",)]
