"""One transaction a block, honest refusals, and connections that come back clean."""

from __future__ import annotations

import psycopg
import pytest

from largesse.kernel.database import Database
from largesse.kernel.errors import Unavailable
from largesse.kernel.postgres import Urls


async def test_work_commits_when_the_block_ends_well(database: Database) -> None:
    async with database.work() as connection:
        await connection.execute("insert into sign_in_failure values ('kept', 'epoch')")
    async with database.read() as connection:
        rows = await connection.execute("select 1 from sign_in_failure where login = 'kept'")
        assert await rows.fetchone() is not None


async def test_work_undoes_everything_when_the_block_raises(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.work() as connection:
            await connection.execute("insert into sign_in_failure values ('lost', 'epoch')")
            raise ZeroDivisionError
    async with database.read() as connection:
        rows = await connection.execute("select 1 from sign_in_failure where login = 'lost'")
        assert await rows.fetchone() is None


async def test_a_reading_connection_cannot_write_and_is_whole_again_afterwards(
    database: Database,
) -> None:
    for _ in range(20):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            async with database.read() as connection:
                await connection.execute("insert into sign_in_failure values ('no', 'epoch')")
    async with database.work() as connection:
        await connection.execute("insert into sign_in_failure values ('yes', 'epoch')")


async def test_a_database_that_is_not_there_is_unavailable(urls: Urls) -> None:
    nowhere = Database(urls.app.replace("host=", "host=%2Fnowhere"))
    await nowhere.open()
    with pytest.raises(Unavailable):
        async with nowhere.work():
            pass
    await nowhere.close()


async def test_the_application_cannot_change_history(database: Database) -> None:
    for statement in ("update ledger.journal set paid = 1", "delete from ledger.journal"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.work() as connection:
                await connection.execute(statement.encode())


def test_not_even_the_owner_changes_history_by_accident(urls: Urls) -> None:
    with psycopg.connect(urls.owner) as connection:
        for statement in ("update ledger.journal set paid = 1", "truncate ledger.transfer"):
            with pytest.raises(psycopg.Error, match="append-only") as refusal:
                connection.execute(statement.encode())
            assert refusal.value.sqlstate == "LG001"
            connection.rollback()
