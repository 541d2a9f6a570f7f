from __future__ import annotations

import psycopg

from largesse import ledger
from largesse.ledger.batch_store import hex_of, post
from tests.ledger.conftest import NOON, Books


async def test_a_plan_made_on_empty_tables_never_scans_the_journal(books: Books) -> None:
    """The posting function is first used, and its plans are cached, while there is nothing.

    Then the journal fills without ever being analysed; the same connection still
    has to find keys, purses and lots by index.
    """
    async with books.database.work() as connection:
        await ledger.open_purse(connection, account=1, currency="USD", at=NOON)
    async with await psycopg.AsyncConnection.connect(books.urls.app) as connection:
        for _ in range(10):
            spend = books.gift(1, 1)
            await post(connection, [spend], [hex_of(spend.key)])
            await connection.commit()

        await books.recharge(1, coins=100_000)
        for _ in range(20):
            spends = [books.gift(1, 1) for _ in range(200)]
            await post(connection, spends, [hex_of(spend.key) for spend in spends])
            await connection.commit()

        again = [books.gift(1, 1), books.gift(2, 1)]
        _, new = await post(connection, again, [hex_of(spend.key) for spend in again])
        assert new == [0]
        scans = await connection.execute(
            "select relname, seq_scan from pg_stat_xact_user_tables"
            " where schemaname = 'ledger' and seq_scan > 0"
        )
        assert await scans.fetchall() == []
