from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest
from msgspec.structs import replace

from largesse import ledger
from largesse.kernel.errors import IdempotencyConflict, Invalid
from largesse.ledger import Committer, InsufficientCoins, LimitReached, Limits, SpendingFrozen
from tests.ledger.conftest import CREATOR, NOON, Books


async def test_a_gift_takes_promo_coins_first_and_pays_the_creator(
    books: Books, committer: Committer
) -> None:
    """Journal J3: 300 coins, of which 100 promo and 200 paid."""
    account = await books.person(paid=1000, promo=100)
    spent = await committer.spend(books.gift(account, 300))

    assert (spent.promo, spent.paid, spent.coins, spent.balance) == (100, 200, 300, 800)
    assert spent.micro == 2_000_000
    assert (spent.tax_micro, spent.fee_micro, spent.currency) == (200_000, 100_000, "USD")
    legs = await books.rows(
        "select debit, credit, amount, asset from ledger.transfers where account = %s and seq = %s"
        " order by leg",
        account,
        spent.seq,
    )
    assert legs == [
        (account * 1000 + 110, 1160, 100, 1),
        (account * 1000 + 100, 1160, 200, 1),
        (1250, CREATOR * 1000 + 200, 300, 2),
    ]
    await books.audit()


async def test_paid_coins_leave_in_the_order_they_were_bought(
    books: Books, committer: Committer
) -> None:
    account = await books.person()
    await books.recharge(account, coins=70, cents=99)
    await books.recharge(account, coins=30, cents=30)
    spent = [await committer.spend(books.gift(account, coins)) for coins in (69, 2, 29)]

    assert [one.micro for one in spent] == [975_857, 14_143 + 10_000, 290_000]
    assert sum(one.micro for one in spent) == 1_290_000
    await books.audit()


async def test_the_next_coins_are_priced_before_they_are_spent(
    books: Books, committer: Committer
) -> None:
    account = await books.person(promo=3)
    await books.recharge(account, coins=70, cents=99)
    async with books.database.read() as connection:
        basis = await ledger.next_basis(connection, account, coins=10, at=NOON)
    spent = await committer.spend(books.gift(account, 10))
    assert (basis.promo, basis.paid, basis.micro) == (3, 7, spent.micro)
    assert basis.micro == 99_000


async def test_a_gift_sent_twice_is_paid_once(books: Books, committer: Committer) -> None:
    account = await books.person(paid=100)
    first = await committer.spend(books.gift(account, 10, key="tap"))
    await committer.spend(books.gift(account, 20))
    before = await books.digest()
    again = await committer.spend(books.gift(account, 10, key="tap"))

    assert again == replace(first, replayed=True)
    assert await books.digest() == before


async def test_the_same_key_for_another_gift_is_a_conflict(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=100)
    await committer.spend(books.gift(account, 10, key="tap"))
    before = await books.digest()
    with pytest.raises(IdempotencyConflict):
        await committer.spend(books.gift(account, 10, key="tap", body=b"lion"))
    assert await books.digest() == before


async def test_two_people_may_use_the_same_key(books: Books, committer: Committer) -> None:
    one, other = await books.person(paid=5), await books.person(paid=5)
    first, second = await asyncio.gather(
        committer.spend(books.gift(one, 1, key="tap")),
        committer.spend(books.gift(other, 1, key="tap")),
    )
    assert not first.replayed
    assert not second.replayed


async def test_a_refused_gift_changes_no_row_and_its_key_may_succeed_later(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=9)
    before = await books.digest()
    with pytest.raises(InsufficientCoins) as refused:
        await committer.spend(books.gift(account, 10, key="tap"))
    assert refused.value.missing == 1
    assert await books.digest() == before

    await books.recharge(account, coins=70)
    assert (await committer.spend(books.gift(account, 10, key="tap"))).balance == 69


async def test_somebody_without_a_purse_has_no_coins(books: Books, committer: Committer) -> None:
    with pytest.raises(InsufficientCoins) as refused:
        await committer.spend(books.gift(5_555_555, 3))
    assert refused.value.missing == 3


async def test_an_enormous_gift_is_too_few_coins_and_not_an_overflow(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=9)
    largest = 2**53 - 1
    outcomes = await asyncio.gather(
        *(committer.spend(books.gift(account, largest)) for _ in range(3000)),
        return_exceptions=True,
    )
    assert all(isinstance(outcome, InsufficientCoins) for outcome in outcomes)
    with pytest.raises(Invalid):
        books.gift(account, largest + 1)


async def test_a_budget_stops_the_gift_that_would_pass_it(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=1000)
    async with books.database.work() as connection:
        await ledger.set_limits(
            connection, account=account, limits=Limits(day=100_000, week=150_000)
        )
    await committer.spend(books.gift(account, 6))
    before = await books.digest()
    with pytest.raises(LimitReached) as refused:
        await committer.spend(books.gift(account, 5))
    assert (refused.value.period, refused.value.left_micro) == ("day", 40_000)
    assert await books.digest() == before
    await committer.spend(books.gift(account, 4))

    tomorrow = NOON + timedelta(days=1)
    with pytest.raises(LimitReached) as refused:
        await committer.spend(books.gift(account, 6, at=tomorrow))
    assert (refused.value.period, refused.value.left_micro) == ("week", 50_000)
    await committer.spend(books.gift(account, 5, at=tomorrow))
    assert (await books.purse(account, at=tomorrow)).spent_day_micro == 50_000
    assert (await books.purse(account, at=tomorrow)).spent_week_micro == 150_000
    await books.audit()


async def test_promo_coins_do_not_count_towards_the_budget(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=100, promo=50)
    async with books.database.work() as connection:
        await ledger.set_limits(connection, account=account, limits=Limits(month=10_000))
    await committer.spend(books.gift(account, 51))
    with pytest.raises(LimitReached) as refused:
        await committer.spend(books.gift(account, 1))
    assert refused.value.period == "month"


async def test_a_frozen_purse_pays_nothing_until_it_is_thawed(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=100)
    async with books.database.work() as connection:
        await ledger.freeze(connection, account=account)
    with pytest.raises(SpendingFrozen):
        await committer.spend(books.gift(account, 1))
    async with books.database.work() as connection:
        await ledger.thaw(connection, account=account)
    await committer.spend(books.gift(account, 1))


async def test_a_refusal_in_a_batch_takes_exactly_what_fits(
    books: Books, committer: Committer
) -> None:
    """Fifteen gifts of 10 at once from 100 coins, beside somebody who has plenty."""
    poor, rich = await books.person(paid=40, promo=60), await books.person(paid=1000)
    outcomes = await asyncio.gather(
        *(committer.spend(books.gift(poor, 10)) for _ in range(15)),
        *(committer.spend(books.gift(rich, 10)) for _ in range(15)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, InsufficientCoins) for outcome in outcomes[:15]) == 5
    assert not any(isinstance(outcome, Exception) for outcome in outcomes[15:])
    assert (await books.purse(poor)).spendable == 0
    await books.audit()


async def test_the_database_itself_keeps_the_floor(books: Books) -> None:
    account = await books.person(paid=5)
    with pytest.raises(psycopg.errors.CheckViolation):
        async with books.database.work() as connection:
            await connection.execute(
                "update ledger.purse set paid_out = 6 where account = %s", (account,)
            )
