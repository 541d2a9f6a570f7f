"""Coins in escrow and coins that are claimed: neither loses the other's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import (
    Clawback,
    Committer,
    DebtOrder,
    Escrow,
    EscrowOrder,
    EscrowReturn,
    Forfeit,
    Kind,
    Period,
    PotClose,
    Prize,
    Release,
)
from tests.ledger.claims import Desk
from tests.ledger.conftest import NOON, Books

CREATOR = 52_001


@pytest.fixture(scope="module")
def desk(books: Books) -> Desk:
    return Desk(books)


async def put(desk: Desk, account: int, coins: int) -> Escrow:
    order = EscrowOrder(
        id=ids.make(), account=account, key=str(ids.make()), body=b"year", kind=Kind.MEMBERSHIP,
        coins=coins, at=desk.now,
    )  # fmt: skip
    async with desk.books.database.work() as connection:
        return await ledger.put_in_escrow(connection, order)


async def back(desk: Desk, escrow: Escrow) -> None:
    order = EscrowReturn(
        id=ids.make(), account=escrow.account, escrow=escrow.id, key=str(ids.make()), body=b"off",
        at=desk.now,
    )  # fmt: skip
    async with desk.books.database.work() as connection:
        await ledger.return_escrow(connection, order)


async def release(desk: Desk, escrow: Escrow, coins: int) -> None:
    order = Release(
        id=ids.make(), account=escrow.account, escrow=escrow.id, key=str(ids.make()), body=b"month",
        coins=coins, creator=CREATOR, diamonds=coins, at=NOON,
    )  # fmt: skip
    async with desk.books.database.work() as connection:
        await ledger.release_escrow(connection, order)


async def test_coins_that_come_back_from_escrow_lie_before_those_on_hold(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=100, gross=999, tax=99, bonus=5)
    escrow = await put(desk, account, 45)
    held = await desk.hold_refund(account, source)
    assert (held.paid, held.promo) == (60, 0)
    await back(desk, escrow)
    await desk.books.audit()
    assert (await desk.books.purse(account)).spendable == 45
    await desk.decide(ledger.post_refund, held)
    rest = await desk.hold_refund(account, source)
    assert (rest.paid, rest.promo) == (40, 5)
    await desk.decide(ledger.post_refund, rest)
    assert (await desk.books.purse(account)).basis_micro == 0
    await desk.books.audit()


async def test_coins_in_escrow_are_owed_and_can_pay_when_they_come_back(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=100, gross=100, tax=0)
    escrow = await put(desk, account, 60)
    await release(desk, escrow, 20)
    lost = await desk.lose(await desk.open_dispute(account, source), clawback=Clawback.PENDING)
    assert (lost.owed, lost.diamonds) == (60, 20)
    assert (await desk.diamonds(CREATOR)).pending == 0
    await desk.books.audit()
    await back(desk, escrow)
    async with desk.books.database.work() as connection:
        paid = await ledger.pay_debt(connection, DebtOrder(ids.make(), account, "d", b"", NOON))
    assert (paid.coins, paid.left) == (40, 20)
    await desk.books.audit()


async def test_a_disputed_recharge_with_coins_in_escrow_takes_them_if_they_come_back_in_time(
    desk: Desk,
) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=100, gross=100, tax=0)
    escrow = await put(desk, account, 60)
    opened = await desk.open_dispute(account, source)
    await back(desk, escrow)
    await desk.books.audit()
    assert (opened.paid, (await desk.lose(opened)).owed) == (40, 0)
    purse = await desk.books.purse(account)
    assert (purse.paid, purse.debt, purse.is_frozen) == (0, 0, False)
    await desk.books.audit()


async def test_unused_coins_of_any_moment_survive_that_lots_are_laid_again(desk: Desk) -> None:
    account = await desk.books.person()
    await desk.buy(account, coins=10, gross=100, tax=0)
    source, _ = await desk.buy(account, coins=10, gross=10, tax=0)
    earlier = await unused(desk, before=NOON + timedelta(seconds=1))
    desk.now = NOON + timedelta(hours=1)
    await desk.decide(ledger.post_refund, await desk.hold_refund(account, source))
    desk.now = NOON
    assert await unused(desk, before=NOON + timedelta(seconds=1)) == earlier
    coins, micro = await unused(desk, before=NOON + timedelta(hours=2))
    assert (earlier[0] - coins, earlier[1] - micro) == (10, 100_000)


async def test_unused_coins_of_any_moment_survive_that_coins_come_back(desk: Desk) -> None:
    """Before they left, while they were away, and after: each moment says the same for ever."""
    account = await desk.books.person()
    await desk.buy(account, coins=10, gross=100, tax=0)
    await desk.buy(account, coins=10, gross=10, tax=0)
    before, away, after = (NOON + timedelta(days=number, hours=1) for number in (20, 21, 22))
    known = await unused(desk, before=before)
    desk.now = NOON + timedelta(days=21)
    escrow = await put(desk, account, 6)
    while_away = await unused(desk, before=away)
    assert (known[0] - while_away[0], known[1] - while_away[1]) == (6, 600_000)
    desk.now = NOON + timedelta(days=22)
    await back(desk, escrow)
    desk.now = NOON
    assert [await unused(desk, before=moment) for moment in (before, away, after)] == [
        known, while_away, known,
    ]  # fmt: skip


async def test_prize_coins_are_unused_until_they_are_forfeited(desk: Desk) -> None:
    account, winner, pot = await desk.books.person(), await desk.books.person(), ids.make()
    await desk.buy(account, coins=10, gross=100, tax=0)
    desk.now = NOON + timedelta(days=40)
    entry = EscrowOrder(ids.make(), account, "entry", b"", Kind.EVENT_FEE, 10, desk.now, pot)
    close = PotClose(
        ids.make(), pot, "close", b"", desk.now, 0, (Prize(ids.make(), winner, 10, "JP"),)
    )
    async with desk.books.database.work() as connection:
        await ledger.open_pot(connection, pot=pot, currency="USD", at=desk.now)
        await ledger.put_in_escrow(connection, entry)
        await ledger.close_pot(connection, close)
    later = desk.now + timedelta(hours=1)
    desk.now = NOON
    found = await ledger.unused_coins(desk.books.database, before=later)
    assert [(one.country, one.coins, one.micro) for one in found if one.pool == "prize"] == [
        ("JP", 10, 1_000_000)
    ]
    async with desk.books.database.work() as connection:
        await ledger.forfeit(connection, Forfeit(ids.make(), winner, "close", b"", later))
    gone = await ledger.breakage(
        desk.books.database, period=Period(later, later + timedelta(hours=1))
    )
    assert [(one.pool, one.country, one.coins, one.micro) for one in gone.gone] == [
        ("prize", "JP", 10, 1_000_000)
    ]


async def test_debts_of_less_than_a_cent_stay_inside_the_law_of_deferred_revenue(
    desk: Desk, committer: Committer
) -> None:
    for _ in range(4):
        account = await desk.books.person()
        source, _ = await desk.buy(account, coins=1, gross=1, tax=0)
        await committer.spend(desk.books.gift(account, 1))
        await desk.lose(await desk.open_dispute(account, source))
        await desk.buy(account, coins=10, gross=4, tax=0)
        assert (await desk.books.purse(account)).paid == 9
        await desk.books.audit()


async def test_coins_of_less_than_a_cent_are_not_taken_for_nothing(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=10, gross=4, tax=0)
    await put(desk, account, 9)
    with pytest.raises(ledger.NothingToRefund):
        await desk.hold_refund(account, source)


async def unused(desk: Desk, *, before: datetime) -> tuple[int, int]:
    found = await ledger.unused_coins(desk.books.database, before=before)
    assert all(one.country for one in found if one.pool == "paid"), "every coin has its lot"
    paid = [one for one in found if one.pool == "paid"]
    return sum(one.coins for one in paid), sum(one.micro for one in paid)
