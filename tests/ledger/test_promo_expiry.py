"""Promo coins whose time is over leave to the last coin, and nothing else leaves with them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import Committer, Kind, Shape
from tests.ledger.claims import Desk
from tests.ledger.conftest import NOON, Books

FIRST, SECOND, THIRD = (NOON + timedelta(days=days) for days in (1, 2, 3))


async def _until(books: Books, account: int) -> datetime | None:
    rows = await books.rows(
        "select nullif(promo_until, 'infinity') from ledger.purse where account = %s", account
    )
    found: datetime | None = rows[0][0]
    return found


async def _expired(books: Books, account: int) -> list[tuple[int, int, int]]:
    """Each expiry: how many coins, from which serial on, and what could be spent after it."""
    return await books.rows(
        "select promo, promo_from, balance from ledger.journal"
        " where account = %s and kind = %s and shape = %s order by seq",
        account,
        Kind.PROMO_EXPIRED,
        Shape.EXPIRE,
    )


async def _expire(books: Books, account: int, at: datetime) -> int:
    async with books.database.work() as connection:
        cursor = await connection.execute("select ledger.expire_promo(%s, %s)", (account, at))
        row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def test_grants_leave_one_after_the_other_each_in_its_time(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=20, promo=5, expires=FIRST)
    await books.bonus(account, coins=1, expires=SECOND)
    await books.bonus(account, coins=7, expires=THIRD)
    await committer.spend(books.gift(account, 2))
    assert await _until(books, account) == FIRST
    assert await _expire(books, account, FIRST - timedelta(microseconds=1)) == 0
    assert [await _expire(books, account, at) for at in (FIRST, FIRST, SECOND)] == [3, 0, 1]
    assert await _until(books, account) == THIRD
    assert await _expire(books, account, THIRD) == 7
    assert await _until(books, account) is None
    assert await _expired(books, account) == [(3, 2, 28), (1, 5, 27), (7, 6, 20)]
    await books.audit()


async def test_coins_on_hold_were_promised_in_time(books: Books) -> None:
    """Four of six are held: two go. When they come back, they go too."""
    account = await books.person(promo=6, expires=FIRST)
    async with books.database.work() as connection:
        held = await ledger.hold(connection, books.hold(account, 4, lasts=timedelta(days=9)))
    assert await _expire(books, account, FIRST) == 2
    assert await _expire(books, account, SECOND) == 0
    async with books.database.work() as connection:
        await ledger.void_hold(connection, account=account, hold=held.id, act=ids.make(), at=SECOND)
    assert (await books.purse(account, at=SECOND)).promo == 0
    assert await _expire(books, account, SECOND) in (0, 4)
    assert await _expired(books, account) == [(2, 0, 0), (4, 2, 0)]
    await books.audit()


async def test_a_gift_meets_coins_whose_time_is_over_at_that_very_moment(
    books: Books, committer: Committer
) -> None:
    account = await books.person(paid=5, promo=5, expires=FIRST)
    early = await committer.spend(books.gift(account, 1, at=FIRST - timedelta(microseconds=1)))
    late = await committer.spend(books.gift(account, 1, at=FIRST))
    assert [(one.promo, one.paid, one.balance) for one in (early, late)] == [(1, 0, 9), (0, 1, 4)]
    assert await _expired(books, account) == [(4, 1, 5)]
    assert await _until(books, account) is None


async def test_more_coins_on_hold_than_are_over_let_none_go(books: Books) -> None:
    account = await books.person(promo=2, expires=FIRST)
    await books.bonus(account, coins=6, expires=THIRD)
    async with books.database.work() as connection:
        await ledger.hold(connection, books.hold(account, 5, lasts=timedelta(days=9)))
    assert (await books.purse(account, at=SECOND)).promo == 3
    assert await _expire(books, account, SECOND) == 0
    assert await _expired(books, account) == []
    await books.audit()


@pytest.mark.parametrize("pool", ["promo", "paid"])
async def test_only_promo_coins_end(books: Books, pool: str) -> None:
    account = await books.person(paid=5, promo=5, expires=FIRST)
    await _expire(books, account, THIRD)
    purse = await books.purse(account, at=THIRD)
    assert getattr(purse, pool) == {"promo": 0, "paid": 5}[pool]


@pytest.mark.parametrize("disputed", [False, True], ids=["refund", "dispute"])
async def test_coins_of_an_open_claim_wait_for_its_end_and_keep_no_others_back(
    books: Books, disputed: bool
) -> None:
    """A recharge brought 10 promo coins and is claimed; 5 others end on the same day, 3 later."""
    desk, account = Desk(books), await books.person()
    source, _ = await desk.buy(account, bonus=10, expires=FIRST)
    await books.bonus(account, coins=5, expires=FIRST)
    await books.bonus(account, coins=3, expires=THIRD)
    claim = await (desk.open_dispute if disputed else desk.hold_refund)(account, source)
    assert claim.promo == 10
    assert await _until(books, account) == FIRST
    assert [await _expire(books, account, at) for at in (FIRST, SECOND)] == [5, 0]
    assert await _until(books, account) == THIRD
    await books.audit()
    verb = ledger.win_dispute if disputed else ledger.void_refund
    await desk.decide(verb, claim, at=SECOND)
    await _expire(books, account, SECOND)
    assert (await books.purse(account, at=SECOND)).promo == 3
    assert [promo for promo, _, _ in await _expired(books, account)] == [5, 10]
    await books.audit()


async def test_a_claim_on_paid_coins_keeps_no_promo_coins_back(books: Books) -> None:
    """Neither while it is open nor after it was voided."""
    desk = Desk(books)
    for end in (True, False):
        account = await books.person(promo=6, expires=FIRST)
        source, _ = await desk.buy(account, coins=4)
        claim = await desk.hold_refund(account, source)
        if end:
            await desk.decide(ledger.void_refund, claim)
        assert await _expire(books, account, FIRST) == 6
        await books.audit()


async def test_a_claim_on_the_rest_of_a_lot_lets_none_of_its_held_coins_go(books: Books) -> None:
    """Four of ten are promised to a creator, six are claimed back: all ten wait."""
    desk, account = Desk(books), await books.person()
    source, _ = await desk.buy(account, bonus=10, expires=FIRST)
    async with books.database.work() as connection:
        await ledger.hold(connection, books.hold(account, 4, lasts=timedelta(days=9)))
    claim = await desk.hold_refund(account, source)
    assert claim.promo == 6
    assert await _expire(books, account, SECOND) == 0
    await desk.decide(ledger.void_refund, claim, at=SECOND)
    await _expire(books, account, SECOND)
    assert [promo for promo, _, _ in await _expired(books, account)] == [6]
    await books.audit()


async def test_nobody_elses_claim_keeps_coins_back(books: Books) -> None:
    desk, other = Desk(books), await books.person()
    source, _ = await desk.buy(other, bonus=10, expires=FIRST)
    await desk.hold_refund(other, source)
    account = await books.person(promo=6, expires=FIRST)
    assert await _expire(books, account, FIRST) == 6
