from __future__ import annotations

from collections.abc import Sequence

import psycopg

from largesse import ledger
from largesse.gifts.store import GiftRow, write_batch
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.ledger import Filed, Spend, Spent
from largesse.ledger.batch_store import Outcome, hex_of, outcomes, post
from tests.ledger.conftest import NOON, Books


async def posted(connection: Connection, spends: Sequence[Spend]) -> list[Outcome]:
    """One batch as a writer sends it, with its gift rows."""
    keys = [hex_of(spend.key) for spend in spends]
    sent = await post(connection, spends, keys)
    answers = await outcomes(sent, spends)
    row = GiftRow(
        creator=2,
        room=ids.make(),
        gift=ids.make(),
        combo=ids.make(),
        count=1,
        diamonds=1,
        diamond_micro=5000,
        anonymous=False,
    )
    filed = [
        Filed(spend.account, key, spend.id, row) for spend, key in zip(spends, keys, strict=True)
    ]
    await write_batch(connection, filed)
    return answers


async def test_a_plan_made_on_empty_tables_never_scans_the_journal(books: Books) -> None:
    """The posting functions are first used, and their plans are cached, while there is nothing.

    Then the journal fills without ever being analysed; the same connection still
    has to find keys, purses, lots and gifts by index.
    """
    async with books.database.work() as connection:
        await ledger.open_purse(connection, account=1, currency="USD", at=NOON)
    async with await psycopg.AsyncConnection.connect(books.urls.app) as connection:
        for _ in range(10):
            await posted(connection, [books.gift(1, 1)])
            await connection.commit()

        await books.recharge(1, coins=100_000)
        for _ in range(20):
            await posted(connection, [books.gift(1, 1) for _ in range(200)])
            await connection.commit()

        mine, nobodys = await posted(connection, [books.gift(1, 1), books.gift(2, 1)])
        assert isinstance(mine, Spent)
        assert not isinstance(nobodys, Spent)
        scans = await connection.execute(
            "select relname, seq_scan from pg_stat_xact_user_tables"
            " where (schemaname = 'ledger' or relname = 'sent_gift') and seq_scan > 0"
        )
        assert await scans.fetchall() == []
