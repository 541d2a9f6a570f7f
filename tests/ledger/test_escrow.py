"""Journals J5 and J10: coins in escrow, and how they go back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict
from largesse.ledger import (
    Committer,
    Escrow,
    EscrowNotFound,
    EscrowOrder,
    EscrowReturn,
    EscrowReturned,
    EscrowReturnedAlready,
    EscrowShort,
    EscrowSpent,
    InsufficientCoins,
    Kind,
    LimitReached,
    Limits,
    Release,
    SpendingFrozen,
    Spent,
)
from tests.ledger.conftest import CREATOR, NOON, Books

LATER = NOON + timedelta(days=3)


def order(account: int, coins: int, *, key: str = "", body: bytes = b"year") -> EscrowOrder:
    act = ids.make()
    return EscrowOrder(
        id=act, account=account, key=key or str(act), body=body, kind=Kind.MEMBERSHIP, coins=coins,
        at=NOON,
    )  # fmt: skip


async def put(books: Books, wanted: EscrowOrder) -> Escrow:
    async with books.database.work() as connection:
        return await ledger.put_in_escrow(connection, wanted)


async def back(
    books: Books, escrow: Escrow, *, key: str = "", body: bytes = b"off", at: datetime = NOON
) -> EscrowReturned:
    wanted = EscrowReturn(
        id=ids.make(), account=escrow.account, escrow=escrow.id, key=key or str(ids.make()),
        body=body, at=at,
    )  # fmt: skip
    async with books.database.work() as connection:
        return await ledger.return_escrow(connection, wanted)


async def release(
    books: Books, account: int, escrow: UUID, coins: int, *, key: str = "", body: bytes = b"month"
) -> Spent:
    wanted = Release(
        id=ids.make(), account=account, escrow=escrow, key=key or str(ids.make()), body=body,
        creator=CREATOR, coins=coins, diamonds=coins, at=LATER,
    )  # fmt: skip
    async with books.database.work() as connection:
        return await ledger.release_escrow(connection, wanted)


async def live_lots(books: Books, account: int) -> list[tuple[object, ...]]:
    """Which coins of which lots a purse has, in the order in which they are spent."""
    rows = await books.rows(
        "select s.pool, l.seq, s.lot_from + greatest(out.serial - s.serial_from, 0),"
        " s.lot_from + s.serial_to - s.serial_from, s.micro from ledger.span s"
        " join ledger.lot l on l.account = s.account and l.id = s.lot"
        " join ledger.purse p on p.account = s.account"
        " cross join lateral (select case s.pool when 1 then p.paid_out when 2 then p.promo_out"
        "   else p.prize_out end) out (serial)"
        " where s.account = %s and s.serial_to > out.serial order by s.pool, s.serial_to",
        account,
    )
    lots: list[tuple[Any, ...]] = []
    for row in rows:
        # What came back lies beside what had stayed, as a piece of its own.
        if lots and (*lots[-1][:2], lots[-1][3]) == row[:3]:
            lots.append((*lots.pop()[:3], *row[3:]))
        else:
            lots.append(row)
    return lots


async def test_a_membership_is_put_in_escrow_and_spent_a_period_at_a_time(books: Books) -> None:
    """Journal J5, coins: 500 for five months; each issues its diamonds."""
    account = await books.person(paid=1000)
    escrow = await put(books, order(account, 500))
    purse = await books.purse(account)
    assert (purse.spendable, purse.held, escrow.micro) == (500, 0, 5_000_000)
    assert purse.spent_day_micro == 5_000_000
    await books.audit()

    months = [await release(books, account, escrow.id, 100) for _ in range(5)]
    assert [month.micro for month in months] == [1_000_000] * 5
    assert {month.balance for month in months} == {500}
    legs = await books.rows(
        "select debit, credit, amount, asset from ledger.transfers where account = %s"
        " and seq >= %s order by seq, leg",
        account,
        escrow.seq,
    )
    mine = account * 1000
    assert legs == [
        (mine + 100, mine + 140, 500, 1),
        *[(mine + 140, 1162, 100, 1), (1252, CREATOR * 1000 + 200, 100, 2)] * 5,
    ]
    with pytest.raises(EscrowSpent):
        await release(books, account, escrow.id, 1)
    with pytest.raises(EscrowSpent):
        await back(books, escrow)
    await books.audit()


async def test_the_parts_of_a_membership_cost_what_its_coins_cost_to_the_last_micro(
    books: Books,
) -> None:
    account = await books.person(promo=3)
    await books.recharge(account, coins=7, cents=99)
    await books.recharge(account, coins=7, cents=50)
    escrow = await put(books, order(account, 13))
    parts = [await release(books, account, escrow.id, coins) for coins in (2, 4, 3, 4)]
    assert [(part.promo, part.paid) for part in parts] == [(2, 0), (1, 3), (0, 3), (0, 4)]
    assert sum(part.micro for part in parts) == escrow.micro == 990_000 + 500_000 * 3 // 7
    assert sum(part.tax_micro for part in parts) == escrow.tax_micro
    await books.audit()


async def test_coins_return_to_their_very_lots_whatever_was_sent_meanwhile(
    books: Books, committer: Committer
) -> None:
    account = await books.person()
    await books.recharge(account, coins=10, cents=990)
    await books.recharge(account, coins=10, cents=500)
    await books.recharge(account, coins=10, cents=70)
    await committer.spend(books.gift(account, 3))
    before = await live_lots(books, account)
    escrow = await put(books, order(account, 5))
    between = await committer.spend(books.gift(account, 4))
    assert escrow.micro == 990 * 10_000 * 5 // 10
    assert between.micro == 990 * 10_000 * 2 // 10 + 500 * 10_000 * 2 // 10
    await books.recharge(account, coins=10, cents=10)

    returned = await back(books, escrow)
    assert (returned.paid, returned.micro, returned.balance) == (5, escrow.micro, 33)
    await books.audit()
    # Coins 3 to 8 of the first lot are back, and are the next to be spent.
    lots = await live_lots(books, account)
    assert lots[0] == (1, before[0][1], 3, 8, 9_900_000)
    assert [lot[2:4] for lot in lots] == [(3, 8), (2, 10), (0, 10), (0, 10)]
    gift = await committer.spend(books.gift(account, 5))
    assert gift.micro == escrow.micro
    await committer.spend(books.gift(account, 28))
    assert (await books.purse(account)).basis_micro == 0
    await books.audit()


async def test_a_purse_after_escrow_and_return_is_as_if_nothing_had_been(books: Books) -> None:
    account = await books.person(promo=7, expires=NOON + timedelta(days=9))
    await books.bonus(account, coins=5, expires=NOON + timedelta(days=4))
    await books.recharge(account, coins=20)
    before, lots = await books.purse(account), await live_lots(books, account)
    for _ in range(3):
        escrow = await put(books, order(account, 16))
        assert (escrow.promo, escrow.paid) == (12, 4)
        await back(books, escrow)
        await books.audit()
    assert await books.purse(account) == before
    assert await live_lots(books, account) == lots


async def test_what_is_left_of_a_membership_returns_to_its_lots(books: Books) -> None:
    account = await books.person(promo=10, paid=100)
    escrow = await put(books, order(account, 60))
    spent = await release(books, account, escrow.id, 30)
    assert (spent.promo, spent.paid) == (10, 20)
    returned = await back(books, escrow)
    assert (returned.promo, returned.paid, returned.micro) == (0, 30, 300_000)
    assert [lot[2:4] for lot in await live_lots(books, account)] == [(20, 100)]
    await books.audit()


async def test_promo_coins_whose_time_ran_out_in_escrow_expire_when_they_return(
    books: Books,
) -> None:
    account = await books.person(promo=10, paid=10, expires=NOON + timedelta(days=1))
    escrow = await put(books, order(account, 12))
    await back(books, escrow, at=LATER)
    purse = await books.purse(account, at=LATER)
    assert (purse.promo, purse.paid) == (0, 10)
    await books.audit()


async def test_a_held_coin_stays_held_while_others_go_and_return(books: Books) -> None:
    account = await books.person(paid=100)
    async with books.database.work() as connection:
        held = await ledger.hold(connection, books.hold(account, 40))
    escrow = await put(books, order(account, 60))
    with pytest.raises(InsufficientCoins):
        await put(books, order(account, 1))
    await back(books, escrow)
    async with books.database.work() as connection:
        await ledger.post_hold(connection, account=account, hold=held.id, act=ids.make(), at=NOON)
    assert (await books.purse(account)).basis_micro == 600_000
    await books.audit()


async def test_the_same_key_does_it_once(books: Books) -> None:
    account = await books.person(paid=100)
    wanted = order(account, 40, key="enter")
    escrow = await put(books, wanted)
    state = await books.digest()
    assert await put(books, wanted) == escrow
    with pytest.raises(IdempotencyConflict):
        await put(books, order(account, 40, key="enter", body=b"other"))
    assert await books.digest() == state

    spent = await release(books, account, escrow.id, 10, key="march")
    again = await release(books, account, escrow.id, 10, key="march")
    assert (again.id, again.balance, again.replayed) == (spent.id, spent.balance, True)
    with pytest.raises(IdempotencyConflict):
        await release(books, account, escrow.id, 10, key="march", body=b"other")

    first = await back(books, escrow, key="off")
    state = await books.digest()
    second = await back(books, escrow, key="off")
    assert (second.id, second.paid, second.replayed) == (first.id, 30, True)
    with pytest.raises(IdempotencyConflict):
        await back(books, escrow, key="off", body=b"other")
    with pytest.raises(EscrowReturnedAlready):
        await back(books, escrow)
    with pytest.raises(EscrowReturnedAlready):
        await release(books, account, escrow.id, 1)
    assert await books.digest() == state
    await books.audit()


async def test_a_refusal_changes_nothing(books: Books) -> None:
    account = await books.person(paid=100)
    escrow = await put(books, order(account, 40))
    async with books.database.work() as connection:
        await ledger.set_limits(connection, account=account, limits=Limits(day=900_000))
    state = await books.digest()
    with pytest.raises(InsufficientCoins) as short:
        await put(books, order(account, 61))
    assert short.value.missing == 1
    with pytest.raises(LimitReached):
        await put(books, order(account, 51))
    with pytest.raises(EscrowShort) as left:
        await release(books, account, escrow.id, 41)
    assert left.value.left == 40
    with pytest.raises(EscrowNotFound):
        await release(books, account, ids.make(), 1)
    assert await books.digest() == state

    async with books.database.work() as connection:
        await ledger.freeze(connection, account=account)
    state = await books.digest()
    with pytest.raises(SpendingFrozen):
        await put(books, order(account, 1))
    assert await books.digest() == state
    # What enters still enters, and the budget of the day is as if it had not been.
    await back(books, escrow)
    purse = await books.purse(account)
    assert (purse.spendable, purse.spent_day_micro) == (100, 0)
    await books.audit()


async def test_a_history_shows_what_went_into_escrow_and_what_came_back(books: Books) -> None:
    account = await books.person(promo=10, paid=100)
    escrow = await put(books, order(account, 60))
    await release(books, account, escrow.id, 20)
    await back(books, escrow)
    async with books.database.read() as connection:
        seen = await ledger.entries(connection, account)
    assert [(entry.shape.name, entry.coins, entry.promo, entry.paid) for entry in seen[:3]] == [
        ("RETURN", 40, 0, 40),
        ("RELEASE", 0, 0, 0),
        ("ESCROW", -60, -10, -50),
    ]
    assert sum(entry.coins for entry in seen) == seen[0].balance == 90
