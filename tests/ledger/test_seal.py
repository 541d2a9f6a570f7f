from __future__ import annotations

import asyncio
import hashlib
import itertools
import struct
import subprocess
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import psycopg
import pytest
import pytest_asyncio
from psycopg import errors as pg

from largesse import ledger
from largesse.kernel.database import Connection, Database
from largesse.kernel.postgres import Cluster
from largesse.ledger import Committer, seal_store
from largesse.ledger.chain import Contents, Widths
from largesse.ledger.seal import PATIENCE
from tests.ledger.conftest import NOON, Books


async def settle(books: Books) -> None:
    """Let the horizon pass everything that is there."""
    for _ in range(3):
        await ledger.roll_up(books.database)


async def blocks(books: Books) -> list[tuple[int, int, int, int]]:
    return await books.rows(
        "select block, seq_from, seq_to, journals from ledger.seal order by block"
    )


class Clock:
    """Every seal is made later than the one before, so that no block waits for more."""

    def __init__(self) -> None:
        self.at = NOON

    def later(self) -> datetime:
        self.at += PATIENCE
        return self.at


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


async def test_nothing_is_sealed_before_it_has_settled(books: Books, clock: Clock) -> None:
    """A writer holds a small number while larger ones commit: a block must not pass it."""
    account, slow = await books.person(paid=100), await books.person(paid=100)
    await settle(books)
    await ledger.seal(books.database, at=clock.later())
    before = (await blocks(books))[-1]
    async with books.database.work() as connection:
        await ledger.hold(connection, books.hold(slow, 5))
        await books.bonus(account, coins=5)
        await settle(books)
        await ledger.seal(books.database, at=clock.later())
        reached = (await blocks(books))[-1][2]
        drawn = await connection.execute(
            "select max(seq) from ledger.journal where account = %s", (slow,)
        )
        early = await drawn.fetchone()
    assert early is not None
    assert before[2] <= reached < early[0]
    await settle(books)
    await ledger.seal(books.database, at=clock.later())
    assert (await blocks(books))[-1][2] == early[0] + 1
    await books.audit()


async def test_a_run_makes_few_blocks_and_the_next_goes_on(
    books: Books, clock: Clock, committer: Committer
) -> None:
    account = await books.person(paid=100)
    for _ in range(5):
        await committer.spend(books.gift(account, 1))
    await settle(books)
    made = [
        await ledger.seal(books.database, at=clock.later(), numbers_max=2, blocks_max=2)
        for _ in range(3)
    ]
    assert made == [2, 1, 0]
    chain = await blocks(books)
    assert [block for block, *_ in chain] == list(range(1, len(chain) + 1))
    assert all(one[2] + 1 == next_one[1] for one, next_one in itertools.pairwise(chain))
    await books.audit()


async def test_a_block_that_is_not_full_waits_for_more(books: Books, clock: Clock) -> None:
    await books.person(paid=100)
    await settle(books)
    newest = (await books.rows("select max(at) from ledger.seal"))[0][0]
    young = newest + PATIENCE - timedelta(seconds=1)
    assert await ledger.seal(books.database, at=young) == 0
    assert await ledger.seal(books.database, at=young, numbers_max=1) == 1
    assert await ledger.seal(books.database, at=clock.later()) == 0


async def test_many_sealers_make_one_chain(books: Books, clock: Clock) -> None:
    for _ in range(4):
        await books.person(paid=100, promo=10)
    await settle(books)
    before = len(await blocks(books))
    at = clock.later()
    made = await asyncio.gather(
        *(ledger.seal(books.database, at=at, numbers_max=1) for _ in range(8))
    )
    assert sum(made) == len(await blocks(books)) - before == 8
    await books.audit()


async def test_a_number_that_was_drawn_for_nothing_is_sealed_as_nothing(
    books: Books, clock: Clock
) -> None:
    account = await books.person(paid=100)
    with pytest.raises(ZeroDivisionError):
        async with books.database.work() as connection:
            await ledger.hold(connection, books.hold(account, 5))
            raise ZeroDivisionError
    await books.bonus(account, coins=5)
    await settle(books)
    await ledger.seal(books.database, at=clock.later())
    _, first, last, journals = (await blocks(books))[-1]
    assert journals == last - first
    await books.audit()


async def test_nobody_changes_a_seal(books: Books) -> None:
    for statement in (
        "update ledger.seal set at = at",
        "delete from ledger.seal",
        "truncate ledger.seal",
    ):
        with pytest.raises(pg.InsufficientPrivilege):
            async with books.database.work() as connection:
                await connection.execute(statement)
        with pytest.raises(psycopg.Error) as refused:
            books.owner(statement)
        assert refused.value.sqlstate == "LG001"


@pytest_asyncio.fixture
async def owner(books: Books) -> AsyncIterator[Connection]:
    """A forger with the owner's right: nothing refuses what they do, and all of it is undone."""
    async with await psycopg.AsyncConnection.connect(books.urls.owner) as connection:
        for table in ("journal", "transfer", "lot"):
            await connection.execute(f"alter table ledger.{table} disable trigger user")
        found = await connection.execute(
            "select conrelid::regclass::text, conname from pg_constraint"
            " where connamespace = 'ledger'::regnamespace and contype in ('c', 'f')"
        )
        for table, constraint in await found.fetchall():
            await connection.execute(f'alter table {table} drop constraint "{constraint}"')
        yield connection
        await connection.rollback()


async def _read(connection: Connection, widths: Widths | None = None) -> Contents:
    await seal_store.begin(connection)
    columns = await seal_store.columns(connection)
    found, _ = await seal_store.contents(
        connection, first=1, last=1000, of=columns, widths=widths or columns.widths
    )
    return found


async def test_every_column_is_sealed(books: Books, owner: Connection) -> None:
    whole = await _read(owner)
    columns = await seal_store.columns(owner)
    other = {
        "smallint": "{0} # 64", "integer": "coalesce({0} # 64, 1)", "bigint": "coalesce({0} # 64, 0)",
        "boolean": "coalesce(not {0}, false)", "uuid": "gen_random_uuid()", "text": "coalesce({0}, '') || ' '",
        "character": "'XX'", "timestamp with time zone": "'2001-01-01'",
    }  # fmt: skip
    types = await owner.execute(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'ledger'"
    )
    type_of = {(table, column): kind for table, column, kind in await types.fetchall()}
    for table in ("journal", "transfer", "lot"):
        for column in getattr(columns, table):
            await owner.execute("savepoint here")
            value = other[type_of[table, column]].format(column)
            row = f"select ctid from ledger.{table} where seq <= 1000 order by seq limit 1"
            await owner.execute(
                f"update ledger.{table} set {column} = {value} where ctid = ({row})"
            )
            assert await _read(owner) != whole, f"{table}.{column}"
            await owner.execute("rollback to savepoint here")
    assert await _read(owner) == whole


async def test_the_form_of_a_row_is_what_the_page_says(books: Books, owner: Connection) -> None:
    """Written again with nothing but the protocol's rules, so that no server can change it."""
    found = await owner.execute("select * from ledger.transfer order by seq, leg limit 1")
    row = await found.fetchone()
    assert row is not None
    kinds = [(20, 8), (20, 8), (21, 2), (20, 8), (20, 8), (20, 8), (21, 2)]
    sent = struct.pack(">i", len(row)) + b"".join(
        struct.pack(">Ii", kind, width) + value.to_bytes(width)
        for (kind, width), value in zip(kinds, row, strict=True)
    )
    entry = struct.pack(">qh", row[1], row[2]) + hashlib.sha256(sent).digest()[:16]
    assert (await _read(owner)).transfer_marks.startswith(entry)


async def test_null_is_not_empty_and_a_later_column_leaves_old_seals_right(
    books: Books, owner: Connection
) -> None:
    whole = await _read(owner)
    then = (await seal_store.columns(owner)).widths
    await owner.execute("alter table ledger.lot add column note text, add column again text")
    assert await _read(owner, then) == whole
    wide = await _read(owner)
    assert wide.lot_marks != whole.lot_marks
    for column in ("note", "again"):
        await owner.execute("savepoint here")
        await owner.execute(
            f"update ledger.lot set {column} = '' where ctid = (select min(ctid) from ledger.lot)"
        )
        assert await _read(owner, then) != whole
        assert await _read(owner) != wide
        await owner.execute("rollback to savepoint here")


async def test_a_seal_does_not_depend_on_where_rows_lie(books: Books, owner: Connection) -> None:
    whole = await _read(owner)
    for table in ("journal", "transfer", "lot"):
        await owner.execute(f"create temp table kept_{table} as select * from ledger.{table}")
    await owner.execute("truncate ledger.journal, ledger.transfer, ledger.lot, ledger.span")
    assert await _read(owner) != whole
    for table in ("journal", "lot", "transfer"):
        await owner.execute(
            f"insert into ledger.{table} select * from kept_{table} order by random()"
        )
    await owner.execute("set local timezone = 'Asia/Tokyo'; set local datestyle = 'German'")
    await owner.execute("set local bytea_output = 'escape'; set local extra_float_digits = -5")
    assert await _read(owner) == whole


async def test_books_that_were_dumped_and_restored_have_the_same_seals(
    books: Books, cluster: Cluster, clock: Clock
) -> None:
    await settle(books)
    await ledger.seal(books.database, at=clock.later())
    report = await ledger.audit(books.database)
    assert report.seal is not None
    copy = cluster.urls("restored")
    programs = cluster.programs
    cluster.ensure_database("restored")
    dump = [
        programs.path("pg_dump"),
        "--schema=ledger",
        "--schema=public",
        "--clean",
        "--if-exists",
    ]
    told = await asyncio.to_thread(
        subprocess.run, [*dump, books.urls.owner], check=True, stdout=subprocess.PIPE
    )
    await asyncio.to_thread(
        subprocess.run, [programs.path("psql"), "--quiet", "--set=ON_ERROR_STOP=1", copy.owner],
        check=True, input=told.stdout, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    restored = Database(copy.app, patient=True)
    await restored.open()
    kept = ledger.KeptSeal(report.seal.block, report.seal.digest)
    again = await ledger.audit(restored, kept=kept)
    await restored.close()
    assert again == report
