"""What the machine does to the books: a full disk, a failover, a clock that jumps. No coin is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from largesse import ledger
from largesse.kernel.database import Database
from largesse.kernel.errors import Unavailable
from largesse.kernel.migrations.run import migrate
from largesse.kernel.postgres import Cluster, Urls, start
from largesse.ledger import Committer, Limits, Spent
from tests.ledger.conftest import NOON, Books

DISK_MB = 320
DAY = timedelta(days=1)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of its own that a test can fill."""
    folder = Path(tempfile.mkdtemp(prefix="largesse-disk-", dir="/tmp"))
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0711", "tmpfs", str(folder)],
        check=True,
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@asynccontextmanager
async def books_at(urls: Urls) -> AsyncIterator[Books]:
    """Fresh books on a server that nobody else uses."""
    database = Database(urls.app, connections_max=4)
    await database.open()
    books = Books(database, urls)
    async with database.work() as connection:
        await ledger.open_purse(connection, account=1_000, currency="USD", at=NOON)
    try:
        yield books
    finally:
        await database.close()


async def spend_until(
    books: Books, committer: Committer, accounts: list[int], *, most: int
) -> tuple[list[Spent], int]:
    """Give and give; what was answered, and how often the books were unavailable."""
    spent: list[Spent] = []
    away = 0

    async def give(account: int) -> None:
        nonlocal away
        for _ in range(most):
            try:
                # Any other refusal would be a lie, and ends the test.
                spent.append(await committer.spend(books.gift(account, 1)))
            except Unavailable:
                away += 1
                return

    await asyncio.gather(*(give(account) for account in accounts))
    return spent, away


async def is_back(committer: Committer, books: Books, account: int) -> Spent:
    """The first gift after an outage; its patience is a minute."""
    for _ in range(60):
        try:
            return await committer.spend(books.gift(account, 1))
        except Unavailable:
            await asyncio.sleep(1)
    raise AssertionError("it never came back")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk to fill")
async def test_on_a_full_disk_gifts_are_unavailable_and_every_answered_one_is_there() -> None:
    with small_disk() as folder:
        cluster = start(folder)
        try:
            migrate(cluster.urls("largesse").owner)
            async with books_at(cluster.urls("largesse")) as books:
                await _fill_and_empty(books, cluster, folder)
        finally:
            cluster.stop()


async def _fill_and_empty(books: Books, cluster: Cluster, folder: Path) -> None:
    accounts = [await books.person(paid=100_000) for _ in range(32)]
    committer = Committer(books.urls.app)
    await committer.start()
    spent, _ = await spend_until(books, committer, accounts, most=5)
    ballast = folder / "ballast"
    left = os.statvfs(folder)
    with ballast.open("wb") as file:
        # Room for a few more megabytes of journal, then for nothing.
        file.write(bytes(left.f_bavail * left.f_bsize - 6 * 2**20))

    more, away = await spend_until(books, committer, accounts, most=20_000)
    assert away == len(accounts), "a full disk stops everybody"
    with pytest.raises(Unavailable):
        await books.recharge(accounts[0], coins=100)

    ballast.unlink()
    last = await is_back(committer, books, accounts[0])
    await committer.stop()
    numbers = {one.seq for one in [*spent, *more, last]}
    assert len(numbers) == len(spent) + len(more) + 1
    rows = await books.rows(
        "select count(*) from ledger.journal where seq = any (%s)", list(numbers)
    )
    assert rows[0][0] == len(numbers)
    await books.audit()


async def test_after_a_failover_the_old_primary_takes_nothing_and_nobody_is_told_a_lie(
    books: Books,
) -> None:
    account = await books.person(paid=100)
    committer = Committer(books.urls.app, answer_seconds_max=0.5)
    await committer.start()
    database = Database(books.urls.app, connections_max=1)
    await database.open()
    here = Books(database, books.urls)
    _read_only(books, is_on=True)
    try:
        with pytest.raises(Unavailable):
            await committer.spend(books.gift(account, 1))
        with pytest.raises(Unavailable):
            await here.recharge(account, coins=5, key="after the failover")
    finally:
        _read_only(books, is_on=False)
    await is_back(committer, books, account)
    # The connection that met the old primary was given up, so the next one finds the new.
    await here.recharge(account, coins=5, key="after the failover")
    await committer.stop()
    await database.close()
    assert (await books.purse(account)).spendable == 100 - 1 + 5
    await books.audit()


def _read_only(books: Books, *, is_on: bool) -> None:
    """Make the server take no writes from new connections, as one that has become a replica."""
    name = sql.Identifier(str(psycopg.conninfo.conninfo_to_dict(books.urls.app)["dbname"]))
    word = sql.SQL("on" if is_on else "off")
    with psycopg.connect(
        books.urls.owner, autocommit=True, options="-c default_transaction_read_only=off"
    ) as owner:
        owner.execute(
            sql.SQL("alter database {} set default_transaction_read_only = {}").format(name, word)
        )


async def test_a_clock_that_jumps_by_a_day_gives_nobody_a_second_budget(books: Books) -> None:
    account = await books.person(paid=1_000)
    async with books.database.work() as connection:
        # A coin cost a cent: ten cents a day.
        await ledger.set_limits(connection, account=account, limits=Limits(day=100_000))
    committer = Committer(books.urls.app)
    await committer.start()
    for _ in range(10):
        await committer.spend(books.gift(account, 1))
    with pytest.raises(ledger.LimitReached):
        await committer.spend(books.gift(account, 1))

    await committer.spend(books.gift(account, 4, at=NOON + DAY))
    # Back again: yesterday's budget was used up, and today's has four cents gone.
    back = [await _refused(committer, books, account, coins) for coins in (7, 6, 1)]
    await committer.stop()

    assert back == [True, False, True]
    await books.audit()


async def _refused(committer: Committer, books: Books, account: int, coins: int) -> bool:
    try:
        await committer.spend(books.gift(account, coins))
    except ledger.LimitReached:
        return True
    return False


async def test_acts_keep_their_order_whatever_the_clock_says(books: Books) -> None:
    account = await books.person(paid=100)
    committer = Committer(books.urls.app)
    await committer.start()
    moments = [NOON, NOON - DAY, NOON + DAY, NOON - 2 * DAY]
    spent = [await committer.spend(books.gift(account, 1, at=at)) for at in moments]
    await committer.stop()

    assert [one.seq for one in spent] == sorted(one.seq for one in spent)
    assert [one.balance for one in spent] == [99, 98, 97, 96]
    async with books.database.read() as connection:
        told = await ledger.entries(connection, account, limit=10)
    assert [one.seq for one in told][:4] == sorted((one.seq for one in spent), reverse=True)
    await books.audit()
