from __future__ import annotations

from collections.abc import Sequence

import psycopg

from largesse.kernel.columns import understand_columns
from largesse.kernel.database import Connection
from largesse.ledger import Spend, Spent
from largesse.ledger.batch_store import SESSION, Outcome, key_bytes, post
from tests.ledger.conftest import Books


async def posted(
    connection: Connection, spends: Sequence[Spend], *, careful: bool = False
) -> list[Outcome]:
    """One batch as a writer sends it."""
    keys = [key_bytes(spend.key) for spend in spends]
    return await post(connection, spends, keys, careful=careful)


async def test_a_plan_made_on_empty_tables_never_scans_the_journal(books: Books) -> None:
    """The posting functions are first used, and their plans are cached, while there is nothing.

    Then the journal fills without ever being analysed; the same connection still
    has to find keys, purses and lots by index.
    """
    people = [await books.person() for _ in range(200)]
    async with await psycopg.AsyncConnection.connect(books.urls.app, options=SESSION) as connection:
        understand_columns(connection)
        for _ in range(10):
            await posted(connection, [books.gift(people[0], 1)])
            await posted(connection, [books.gift(people[0], 1)], careful=True)
            await connection.commit()

        for person in people:
            await books.recharge(person, coins=1_000)
        for number in range(20):
            await posted(connection, [books.gift(one, 1) for one in people], careful=number > 18)
            await connection.commit()

        mine, nobodys = await posted(
            connection, [books.gift(people[0], 1), books.gift(2, 1)], careful=True
        )
        assert isinstance(mine, Spent)
        assert not isinstance(nobodys, Spent)
        scans = await connection.execute(
            "select relname, seq_scan from pg_stat_xact_user_tables"
            " where schemaname = 'ledger' and seq_scan > 0"
        )
        assert await scans.fetchall() == []
