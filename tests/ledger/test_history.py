from __future__ import annotations

import psycopg
import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import Committer
from tests.ledger.conftest import NOON, Books


@pytest.mark.parametrize("table", ["journal", "transfer", "lot"])
@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.{} set account = account",
        "delete from ledger.{}",
        "truncate ledger.{} cascade",
    ],
)
async def test_history_is_written_once(books: Books, table: str, statement: str) -> None:
    await books.person(paid=10)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with books.database.work() as connection:
            await connection.execute(statement.format(table))


@pytest.mark.parametrize("table", ["journal", "transfer", "lot"])
async def test_even_the_owner_is_refused_by_a_trigger(books: Books, table: str) -> None:
    with pytest.raises(psycopg.Error) as refused:
        books.owner(f"delete from ledger.{table}")
    assert refused.value.sqlstate == "LG001"


async def test_a_history_adds_up_to_the_balance_page_by_page(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=100, promo=20)
    await committer.spend(books.gift(account, 30))
    async with books.database.work() as connection:
        made = await ledger.hold(connection, books.hold(account, 10))
    async with books.database.work() as connection:
        await ledger.post_hold(connection, account=account, hold=made.id, act=ids.make(), at=NOON)
    await committer.spend(books.gift(account, 1))

    seen: list[ledger.Entry] = []
    async with books.database.read() as connection:
        while page := await ledger.entries(
            connection, account, before_seq=seen[-1].seq if seen else None, limit=2
        ):
            seen += page
    assert [entry.coins for entry in reversed(seen)] == [100, 20, -30, -10, 0, -1]
    assert [entry.shape.name for entry in seen] == [
        "SPEND", "POST", "HOLD", "SPEND", "CREDIT", "CREDIT",
    ]  # fmt: skip
    running = 0
    for entry in reversed(seen):
        running += entry.coins
        assert entry.coins == entry.paid + entry.promo
        assert running == entry.balance
    assert running == (await books.purse(account)).spendable
