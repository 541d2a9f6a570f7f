"""Journal J5, money: a membership that is paid at once and earned day by day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict, NotFound
from largesse.kernel.money import Money
from largesse.ledger import Earned, Subscription
from tests.ledger.conftest import NOON, Books


def membership(account: int, creator: int, *, periods: int = 30) -> Subscription:
    """4.99 and 0.40 tax, of which the creator gets 2.50, or 500 diamonds."""
    return Subscription(
        id=ids.make(), account=account, key="march", body=b"fans", at=NOON,
        price=Money(539, "USD"), tax=Money(40, "USD"), share=Money(250, "USD"), creator=creator,
        diamonds=500, periods=periods, clearing=10,
    )  # fmt: skip


async def defer(books: Books, order: Subscription) -> int:
    async with books.database.work() as connection:
        return await ledger.defer_subscription(connection, order)


async def earn(books: Books, order: Subscription, passed: int) -> Earned:
    async with books.database.work() as connection:
        return await ledger.earn_subscription(
            connection, account=order.account, subscription=order.id, passed=passed, at=NOON
        )


async def legs(books: Books, account: int) -> list[tuple[int, ...]]:
    return await books.rows(
        "select debit, credit, sum(amount)::int, asset from ledger.transfers"
        " where account = %s group by 1, 2, 4 order by 1, 2",
        account,
    )


async def test_a_membership_is_deferred_and_then_earned_to_the_last_cent(books: Books) -> None:
    account = await books.person()
    creator = account + 1_000_000
    order = membership(account, creator)
    await defer(books, order)
    assert await legs(books, account) == [(10_310, 1401, 499, 840), (10_310, 1420, 40, 840)]
    await books.audit()

    days = [await earn(books, order, day) for day in range(1, 31)]
    assert all(part.share >= 0 and part.revenue >= 0 for part in days)
    assert await legs(books, account) == [
        (1252, creator * 1000 + 200, 500, 2),
        (1401, 1410, 250, 840),
        (1401, 1502, 249, 840),
        (10_310, 1401, 499, 840),
        (10_310, 1420, 40, 840),
    ]
    for _ in range(3):
        await ledger.roll_up(books.database)
    async with books.database.read() as connection:
        assert await ledger.pending_diamonds(connection, creator) == 500
    await books.audit()


async def test_days_that_were_looked_at_earn_nothing_again(books: Books) -> None:
    account = await books.person()
    order = membership(account, account + 1_000_000)
    number = await defer(books, order)
    assert await earn(books, order, 12) == Earned(100, 99, 200)
    state = await books.digest()
    assert await earn(books, order, 12) == await earn(books, order, 5) == Earned(0, 0, 0)
    assert await defer(books, order) == number
    with pytest.raises(IdempotencyConflict):
        await defer(books, replace(order, body=b"other"))
    with pytest.raises(NotFound):
        await earn(books, replace(order, id=ids.make()), 13)
    assert await books.digest() == state
    assert await earn(books, order, 30) == Earned(150, 150, 300)
    await books.audit()
