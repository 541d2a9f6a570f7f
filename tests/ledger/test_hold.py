from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict, RequestInProgress
from largesse.ledger import (
    Committer,
    Hold,
    HoldNotFound,
    HoldOrder,
    HoldOverdue,
    HoldPosted,
    HoldVoided,
    InsufficientCoins,
    LimitReached,
    Limits,
    OnExpiry,
    Spent,
    Voided,
)
from tests.ledger.conftest import CREATOR, NOON, Books

SOON = NOON + timedelta(seconds=2)
LATE = NOON + timedelta(seconds=5)


async def _hold(books: Books, order: HoldOrder) -> Hold:
    async with books.database.work() as connection:
        return await ledger.hold(connection, order)


async def _post(books: Books, account: int, hold: UUID) -> Spent:
    async with books.database.work() as connection:
        return await ledger.post_hold(
            connection, account=account, hold=hold, act=ids.make(), at=SOON
        )


async def _void(books: Books, account: int, hold: UUID) -> Voided:
    async with books.database.work() as connection:
        return await ledger.void_hold(
            connection, account=account, hold=hold, act=ids.make(), at=SOON
        )


async def test_an_approved_message_is_paid_when_it_is_posted(books: Books) -> None:
    """Journal J4: hold, then post."""
    account = await books.person(paid=100, promo=20)
    made = await _hold(books, books.hold(account, 50))
    purse = await books.purse(account)
    assert (made.promo, made.paid) == (20, 30)
    assert (purse.spendable, purse.held) == (70, 50)
    await books.audit()

    spent = await _post(books, account, made.id)
    assert (spent.coins, spent.micro, spent.balance) == (50, 300_000, 70)
    legs = await books.rows(
        "select seq, debit, credit, amount from ledger.transfers where account = %s and seq >= %s"
        " order by seq, leg",
        account,
        made.seq,
    )
    held = account * 1000 + 130
    assert legs == [
        (made.seq, account * 1000 + 110, held, 20),
        (made.seq, account * 1000 + 100, held, 30),
        (spent.seq, held, 1161, 20),
        (spent.seq, held, 1161, 30),
        (spent.seq, 1251, CREATOR * 1000 + 200, 50),
    ]
    await books.audit()


async def test_a_refused_message_returns_every_coin_to_its_lot(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=100, promo=20)
    before = await books.purse(account)
    made = await _hold(books, books.hold(account, 50))
    voided = await _void(books, account, made.id)
    assert voided.balance == 120
    assert await books.purse(account) == before

    spent = await committer.spend(books.gift(account, 120))
    assert spent.micro == 1_000_000
    await books.audit()


async def test_held_coins_cannot_be_spent_on_something_else(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=100)
    await _hold(books, books.hold(account, 60))
    with pytest.raises(InsufficientCoins) as refused:
        await committer.spend(books.gift(account, 41))
    assert refused.value.missing == 1
    with pytest.raises(InsufficientCoins):
        await _hold(books, books.hold(account, 41))
    await committer.spend(books.gift(account, 40))
    await books.audit()


async def test_a_gift_between_hold_and_post_takes_the_older_coins(
    books: Books, committer: Committer
) -> None:
    """Serials move at the post; whatever the order, the lots are used up to the last micro."""
    account = await books.person()
    await books.recharge(account, coins=10, cents=99)
    await books.recharge(account, coins=10, cents=50)
    made = await _hold(books, books.hold(account, 10))
    gift = await committer.spend(books.gift(account, 10))
    posted = await _post(books, account, made.id)
    assert (gift.micro, posted.micro) == (990_000, 500_000)
    await books.audit()


@pytest.mark.parametrize("first", ["post", "void"])
@pytest.mark.parametrize("second", ["post", "void"])
async def test_a_hold_ends_once(books: Books, first: str, second: str) -> None:
    account = await books.person(paid=10)
    made = await _hold(books, books.hold(account, 10))
    ends = {"post": _post, "void": _void}
    await ends[first](books, account, made.id)
    before = await books.digest()
    with pytest.raises(HoldPosted if first == "post" else HoldVoided):
        await ends[second](books, account, made.id)
    assert await books.digest() == before


async def test_of_twenty_who_end_a_hold_at_once_one_does(books: Books) -> None:
    account = await books.person(paid=10)
    made = await _hold(books, books.hold(account, 10))
    outcomes = await asyncio.gather(
        *((_post if number % 2 else _void)(books, account, made.id) for number in range(20)),
        return_exceptions=True,
    )
    ended = [outcome for outcome in outcomes if isinstance(outcome, Spent | Voided)]
    late = [outcome for outcome in outcomes if isinstance(outcome, HoldPosted | HoldVoided)]
    busy = [outcome for outcome in outcomes if isinstance(outcome, RequestInProgress)]
    assert (len(ended), len(late) + len(busy)) == (1, 19)
    await books.audit()


async def test_after_its_time_only_the_sweeper_decides(books: Books) -> None:
    account = await books.person(paid=30)
    posting = await _hold(books, books.hold(account, 10, on_expiry=OnExpiry.POST))
    voiding = await _hold(books, books.hold(account, 10, on_expiry=OnExpiry.VOID))
    for end in (ledger.post_hold, ledger.void_hold):
        with pytest.raises(HoldOverdue):
            async with books.database.work() as connection:
                await end(connection, account=account, hold=posting.id, act=ids.make(), at=LATE)

    async with books.database.read() as connection:
        early = await ledger.due_holds(connection, at=SOON, limit=100)
        due = await ledger.due_holds(connection, at=LATE, limit=100)
    assert not [one for one in early if one.account == account]
    ended = []
    for one in due:
        async with books.database.work() as connection:
            outcome = await ledger.resolve_hold(
                connection, account=one.account, hold=one.id, act=ids.make(), at=LATE
            )
        if one.account == account:
            ended.append((one.id, type(outcome)))
    assert sorted(ended, key=str) == sorted([(posting.id, Spent), (voiding.id, Voided)], key=str)
    assert (await books.purse(account)).spendable == 20
    await books.audit()


async def test_the_budget_counts_at_the_hold_and_forgets_a_void(books: Books) -> None:
    account = await books.person(paid=100)
    async with books.database.work() as connection:
        await ledger.set_limits(connection, account=account, limits=Limits(day=500_000))
    made = await _hold(books, books.hold(account, 50))
    with pytest.raises(LimitReached) as refused:
        await _hold(books, books.hold(account, 1))
    assert (refused.value.period, refused.value.left_micro) == ("day", 0)
    await _void(books, account, made.id)
    assert (await books.purse(account)).spent_day_micro == 0
    await _hold(books, books.hold(account, 50))


async def test_the_same_key_returns_the_same_hold(books: Books) -> None:
    account = await books.person(paid=100)
    made = await _hold(books, books.hold(account, 5, key="tap"))
    assert await _hold(books, books.hold(account, 5, key="tap")) == made
    with pytest.raises(IdempotencyConflict):
        async with books.database.work() as connection:
            order = books.hold(account, 5, key="tap")
            await ledger.hold(connection, _with_body(order, b"other"))


async def test_a_hold_of_somebody_else_is_not_found(books: Books) -> None:
    account, other = await books.person(paid=10), await books.person(paid=10)
    made = await _hold(books, books.hold(account, 5))
    with pytest.raises(HoldNotFound):
        await _post(books, other, made.id)


async def test_promo_coins_that_ran_out_of_time_on_hold_leave_after_the_void(books: Books) -> None:
    account = await books.person(promo=10, expires=NOON + timedelta(seconds=1))
    made = await _hold(books, books.hold(account, 4))
    assert (await books.purse(account, at=SOON)).held == 4
    voided = await _void(books, account, made.id)
    assert voided.balance == 0
    await books.audit()


def _with_body(order: HoldOrder, body: bytes) -> HoldOrder:
    from dataclasses import replace

    return replace(order, body=body)
