from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict, NotFound, RequestInProgress
from largesse.kernel.money import Money
from largesse.ledger import Committer, Credit, CurrencyMismatch
from tests.ledger.conftest import CREATOR, NOON, Books


async def test_a_recharge_brings_paid_and_promo_coins_with_their_money(books: Books) -> None:
    """Journals J1 and J2: 1,000 coins for 10.80 with 0.80 tax, and 100 for nothing."""
    account = await books.person()
    order = Credit(
        id=ids.make(), account=account, key="r", body=b"pack", at=NOON, country="US",
        origin="sandbox", paid=1000, promo=100, promo_expires=NOON + timedelta(days=30),
        price=Money(1080, "USD"), tax=Money(80, "USD"), fee=Money(61, "USD"), clearing=10,
    )  # fmt: skip
    async with books.database.work() as connection:
        credited = await ledger.credit(connection, order)

    legs = await books.rows(
        "select debit, credit, amount, asset from ledger.transfers where account = %s and seq = %s"
        " order by leg",
        account,
        credited.seq,
    )
    assert legs == [
        (1151, account * 1000 + 110, 100, 1),
        (1150, account * 1000 + 100, 1000, 1),
        (10310, 1400, 1000, 840),
        (10310, 1420, 80, 840),
    ]
    purse = await books.purse(account)
    assert (purse.paid, purse.promo, purse.basis_micro) == (1000, 100, 10_800_000)
    await books.audit()


async def test_the_same_key_credits_once_however_many_come_at_once(books: Books) -> None:
    account = await books.person()

    async def once() -> int:
        while True:
            try:
                return (await books.recharge(account, coins=70, key="notice")).seq
            except RequestInProgress:
                continue

    numbers = await asyncio.gather(*(once() for _ in range(20)))
    assert len(set(numbers)) == 1
    assert (await books.purse(account)).paid == 70


async def test_the_same_key_for_something_else_is_a_conflict(books: Books) -> None:
    account = await books.person()
    await books.recharge(account, coins=70, key="notice")
    before = await books.digest()
    with pytest.raises(IdempotencyConflict):
        async with books.database.work() as connection:
            await ledger.credit(
                connection,
                Credit(
                    id=ids.make(), account=account, key="notice", body=b"another", at=NOON,
                    country="US", origin="sandbox", promo=5,
                ),
            )  # fmt: skip
    assert await books.digest() == before


async def test_a_gift_cannot_take_the_key_that_a_credit_will_need(
    books: Books, committer: Committer
) -> None:
    account = await books.person(promo=5)
    await committer.spend(books.gift(account, 1, key="recharge:1"))
    assert (await books.recharge(account, coins=70, key="recharge:1")).balance == 74


async def test_a_purse_takes_its_own_currency_only(books: Books) -> None:
    account = await books.person()
    order = Credit(
        id=ids.make(), account=account, key="r", body=b"", at=NOON, country="DE", origin="sandbox",
        paid=10, price=Money(10, "EUR"),
    )  # fmt: skip
    with pytest.raises(CurrencyMismatch):
        async with books.database.work() as connection:
            await ledger.credit(connection, order)


async def test_nobody_can_credit_a_purse_that_is_not_there(books: Books) -> None:
    with pytest.raises(NotFound):
        await books.recharge(999, coins=1)


async def test_promo_coins_that_expire_sooner_are_spent_first(
    books: Books, committer: Committer
) -> None:
    account = await books.person(promo=50, expires=NOON + timedelta(days=30))
    await committer.spend(books.gift(account, 20))
    await books.bonus(account, coins=10, expires=NOON + timedelta(days=3))
    await books.audit()

    await committer.spend(books.gift(account, 10))
    in_four_days = NOON + timedelta(days=4)
    assert (await books.purse(account, at=in_four_days)).promo == 30
    await books.audit()


async def test_expired_promo_coins_cannot_be_spent_and_are_swept(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=10, promo=50, expires=NOON + timedelta(days=1))
    later = NOON + timedelta(days=1)
    with pytest.raises(ledger.InsufficientCoins) as refused:
        await committer.spend(books.gift(account, 11, at=later))
    assert refused.value.missing == 1

    swept = await books.person(promo=7, expires=NOON + timedelta(days=1))
    assert (await books.purse(swept, at=later)).promo == 0
    assert await ledger.expire_promos(books.database, at=later) >= 7
    assert (await books.purse(swept, at=NOON)).promo == 0
    await books.audit()


async def test_no_journal_can_move_coins_between_people(books: Books, committer: Committer) -> None:
    """Whatever happened in this module, a person's coins came from the house and went to it."""
    await committer.spend(books.gift(await books.person(paid=5), 5))
    legs = await books.rows(
        "select debit / 1000, credit / 1000 from ledger.transfers where asset = 1"
    )
    assert all(1 in leg or leg[0] == leg[1] for leg in legs)
    assert (await books.rows("select 1 from ledger.purse where account = %s", CREATOR)) == []
