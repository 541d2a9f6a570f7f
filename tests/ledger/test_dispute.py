from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict, NotFound, RequestInProgress
from largesse.kernel.money import Money
from largesse.ledger import (
    ClaimState,
    Clawback,
    Committer,
    DebtOrder,
    Dispute,
    SpendingFrozen,
)
from tests.ledger.claims import Desk
from tests.ledger.conftest import NOON, Books


@pytest.fixture(scope="module")
def desk(books: Books) -> Desk:
    return Desk(books)


async def test_a_chargeback_after_a_part_was_spent(desk: Desk, committer: Committer) -> None:
    """Journal J7 with the reference's numbers, to the recharge that pays the debt."""
    account, creator = await desk.books.person(), 51_001
    source, _ = await desk.buy(account)
    await committer.spend(desk.gift(account, 200, creator=creator))
    opened = await desk.open_dispute(account, source)
    mine = account * 1000
    assert await desk.legs(account, opened.seq) == [
        (mine + 100, mine + 130, 800, 1),
        (10320, 10310, 1080, 840),
        (1602, 10310, 1500, 840),
    ]
    purse = await desk.books.purse(account)
    assert (purse.spendable, purse.held, purse.frozen_for) == (0, 800, ledger.Freeze.DISPUTE)
    await desk.books.audit()

    lost = await desk.lose(opened)
    assert (lost.state, lost.owed, lost.diamonds) == (ClaimState.TAKEN, 200, 200)
    assert await desk.legs(account, lost.seq) == [
        (mine + 130, 1171, 800, 1),
        (1400, 10320, 800, 840),
        (1420, 10320, 80, 840),
        (1603, 10320, 200, 840),
        (mine + 190, 1171, 200, 1),
    ]
    assert await desk.clawed_back(creator) == [
        (creator * 1000 + 200, 1261, 200, 2),
        (1410, 1603, 100, 840),
    ]
    assert (await desk.diamonds(creator)).pending == 0
    purse = await desk.books.purse(account)
    assert (purse.spendable, purse.held, purse.debt) == (0, 0, 200)
    assert purse.frozen_for == ledger.Freeze.DEBT
    await desk.books.audit()

    _, credited = await desk.buy(account, key="pays")
    assert (credited.repaid, credited.balance) == (200, 800)
    repaid = await desk.books.rows(
        "select max(seq) from ledger.journal where account = %s and kind = 190", account
    )
    assert await desk.legs(account, repaid[0][0]) == [
        (mine + 100, mine + 190, 200, 1),
        (1400, 1603, 200, 840),
    ]
    purse = await desk.books.purse(account)
    assert (purse.spendable, purse.debt, purse.is_frozen) == (800, 0, False)
    _, again = await desk.buy(account, key="pays")
    assert (again.repaid, again.balance, again.replayed) == (200, 800, True)
    await committer.spend(desk.books.gift(account, 800))
    assert await desk.balance(10320) == 0
    await desk.books.audit()
    await desk.mature(creator)
    await desk.books.audit()
    assert (await desk.diamonds(creator)).available == 0


async def test_a_dispute_that_is_won_leaves_everything_as_it_was(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person(paid=10)
    source, _ = await desk.buy(account, bonus=5)
    await desk.buy(account)
    before = await desk.books.purse(account)
    opened = await desk.open_dispute(account, source)
    with pytest.raises(SpendingFrozen):
        await committer.spend(desk.books.gift(account, 1))
    won = await desk.decide(ledger.win_dispute, opened)
    assert (await desk.legs(account, won.seq))[2:] == [(10310, 10320, 1080, 840)]
    assert await desk.books.purse(account) == before
    assert (await committer.spend(desk.books.gift(account, 20))).micro == 100_000 + 5 * 10_800
    await desk.books.audit()


async def test_a_bank_may_ask_again_after_it_lost(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    await desk.decide(ledger.win_dispute, await desk.open_dispute(account, source))
    again = await desk.open_dispute(account, source)
    assert (await desk.lose(again)).owed == 0
    assert (await desk.books.purse(account)).is_frozen is False
    await desk.books.audit()


async def test_winning_does_not_thaw_what_an_operator_froze(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    other, _ = await desk.buy(account)
    first = await desk.open_dispute(account, source)
    second = await desk.open_dispute(account, other)
    async with desk.books.database.work() as connection:
        await ledger.freeze(connection, account=account)
    await desk.decide(ledger.win_dispute, first)
    assert (await desk.books.purse(account)).frozen_for == (
        ledger.Freeze.OPERATOR | ledger.Freeze.DISPUTE
    )
    await desk.decide(ledger.win_dispute, second)
    assert (await desk.books.purse(account)).frozen_for == ledger.Freeze.OPERATOR
    await desk.books.audit()
    async with desk.books.database.work() as connection:
        await ledger.thaw(connection, account=account)
    assert not (await desk.books.purse(account)).is_frozen


async def test_everything_spent_becomes_debt_and_any_coins_may_pay_it(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=100, gross=108, tax=8)
    await desk.buy(account, coins=60, gross=60, tax=0)
    await committer.spend(desk.gift(account, 100, creator=51_002))
    opened = await desk.open_dispute(account, source)
    assert (opened.paid, opened.amount) == (0, Money(108, "USD"))
    lost = await desk.lose(opened, clawback=Clawback.NOTHING)
    assert (lost.owed, lost.diamonds) == (100, 0)
    assert (await desk.diamonds(51_002)).pending == 100

    order = DebtOrder(ids.make(), account, "debt-1", b"pay", NOON)
    for _ in range(2):
        async with desk.books.database.work() as connection:
            paid = await ledger.pay_debt(connection, order)
        assert (paid.coins, paid.left, paid.balance) == (60, 40, 0)
    assert (await desk.books.purse(account)).frozen_for == ledger.Freeze.DEBT
    await desk.books.audit()
    await desk.buy(account, coins=39, gross=39, tax=0)
    assert (await desk.books.purse(account)).debt == 1
    _, credited = await desk.buy(account, coins=5, gross=5, tax=0, bonus=2)
    assert (credited.repaid, credited.balance) == (1, 6)
    assert not (await desk.books.purse(account)).is_frozen
    await desk.books.audit()


async def test_a_refund_and_then_a_dispute_take_the_same_coins_once(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    await committer.spend(desk.gift(account, 200, creator=51_003))
    refunded = await desk.decide(ledger.post_refund, await desk.hold_refund(account, source))
    assert refunded.money == Money(864, "USD")
    opened = await desk.open_dispute(account, source)
    assert (opened.amount, opened.paid) == (Money(216, "USD"), 0)
    lost = await desk.lose(opened)
    assert lost.owed == 200
    assert await desk.legs(account, lost.seq) == [
        (1420, 10320, 16, 840),
        (1603, 10320, 200, 840),
        (account * 1000 + 190, 1171, 200, 1),
    ]
    assert await desk.balance(10320) == 0
    await desk.books.audit()


async def test_a_dispute_opens_while_a_refund_is_on_its_way(desk: Desk) -> None:
    for ends in (ledger.post_refund, ledger.void_refund):
        account = await desk.books.person()
        source, _ = await desk.buy(account)
        held = await desk.hold_refund(account, source)
        opened = await desk.open_dispute(account, source)
        assert opened.paid == 0
        with pytest.raises(ledger.RefundOpen):
            await desk.lose(opened)
        await desk.decide(ends, held)
        await desk.books.audit()
        lost = await desk.lose(opened)
        assert lost.owed == 0
        purse = await desk.books.purse(account)
        assert (purse.paid, purse.debt, purse.is_frozen) == (0, 0, False)
        loss = 1080 if ends is ledger.post_refund else 0
        assert [leg[2] for leg in await desk.legs(account, lost.seq) if leg[0] == 1603] == (
            [loss] if loss else []
        )
        await desk.books.audit()


async def test_coins_promised_to_something_else_are_owed(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=100, gross=100, tax=0)
    async with desk.books.database.work() as connection:
        promised = await ledger.hold(connection, desk.books.hold(account, 30))
    opened = await desk.open_dispute(account, source)
    lost = await desk.lose(opened)
    assert (opened.paid, lost.owed) == (70, 30)
    async with desk.books.database.work() as connection:
        await ledger.void_hold(
            connection, account=account, hold=promised.id, act=ids.make(), at=NOON
        )
        await ledger.pay_debt(connection, DebtOrder(ids.make(), account, "d", b"", NOON))
    purse = await desk.books.purse(account)
    assert (purse.paid, purse.debt, purse.is_frozen) == (0, 0, False)
    await desk.books.audit()


async def test_a_store_that_takes_its_money_back_returns_its_commission(
    desk: Desk, committer: Committer
) -> None:
    """A store asks nobody: its refund is a dispute without a fee, opened and lost at once."""
    account = await desk.books.person()
    source, _ = await desk.buy_in_store(account)
    await committer.spend(desk.gift(account, 200, creator=51_009))
    opened = await desk.open_dispute(account, source, fee=None)
    assert opened.amount == Money(700, "USD")
    lost = await desk.lose(opened)
    assert lost.owed == 200
    assert [leg for leg in await desk.legs(account, lost.seq) if leg[3] == 840] == [
        (1400, 20320, 700, 840),
        (1400, 1601, 100, 840),
        (1603, 1601, 200, 840),
    ]
    assert await desk.balance(20312) == 0
    await desk.books.audit()


async def test_the_same_keys_answer_again(desk: Desk, committer: Committer) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    await committer.spend(desk.gift(account, 10, creator=51_010))
    opened = await desk.open_dispute(account, source, key="d1")
    lost = await desk.lose(opened, key="d1-lost")
    again = await desk.lose(opened, key="d1-lost")
    assert again.replayed
    assert (again.seq, again.owed, again.diamonds) == (lost.seq, 10, 10)
    late = await desk.open_dispute(account, source, key="d1")
    assert (late.seq, late.state, late.owed, late.replayed) == (
        opened.seq,
        ClaimState.OPEN,
        0,
        True,
    )
    with pytest.raises(IdempotencyConflict):
        await desk.open_dispute(account, ids.make(), key="d1")
    with pytest.raises(IdempotencyConflict):
        await desk.decide(ledger.win_dispute, await _another(desk), key="d1-lost")


async def test_every_refused_dispute_says_why_and_changes_nothing(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person()
    open_source, _ = await desk.buy(account)
    open_one = await desk.open_dispute(account, open_source)
    loser = await desk.books.person()
    lost_source, _ = await desk.buy(loser)
    other, _ = await desk.buy(loser)
    await committer.spend(desk.gift(loser, 10, creator=51_011))
    lost = await desk.lose(await desk.open_dispute(loser, lost_source))
    winner = await desk.books.person()
    won_source, _ = await desk.buy(winner)
    won = await desk.decide(ledger.win_dispute, await desk.open_dispute(winner, won_source))
    refunded = await desk.books.person()
    gone, _ = await desk.buy(refunded)
    await desk.decide(ledger.post_refund, await desk.hold_refund(refunded, gone))
    nobody = DebtOrder(ids.make(), winner, "d", b"", NOON)
    poor = await desk.books.person()
    poor_source, _ = await desk.buy(poor)
    await committer.spend(desk.gift(poor, 1000, creator=51_011))
    await desk.lose(await desk.open_dispute(poor, poor_source))
    broke = DebtOrder(ids.make(), poor, "d", b"", NOON)

    async def pay(order: DebtOrder) -> None:
        async with desk.books.database.work() as connection:
            await ledger.pay_debt(connection, order)

    cases: list[tuple[type[Exception], Callable[[], Awaitable[object]]]] = [
        (NotFound, lambda: desk.open_dispute(account, ids.make())),
        (ledger.DisputeOpen, lambda: desk.open_dispute(account, open_source)),
        (ledger.DisputeOpen, lambda: desk.hold_refund(account, open_source)),
        (ledger.DisputeLost, lambda: desk.open_dispute(loser, lost_source)),
        (ledger.DisputeLost, lambda: desk.hold_refund(loser, lost_source)),
        (ledger.DisputeLost, lambda: desk.decide(ledger.win_dispute, lost)),
        (ledger.DisputeLost, lambda: desk.lose(lost)),
        (ledger.DisputeWon, lambda: desk.decide(ledger.win_dispute, won)),
        (ledger.DisputeWon, lambda: desk.lose(won)),
        (ledger.CoinsOwed, lambda: desk.hold_refund(loser, other)),
        (ledger.RechargeRefunded, lambda: desk.open_dispute(refunded, gone)),
        (ledger.CurrencyMismatch,
         lambda: desk.open_dispute(winner, won_source, fee=Money(1, "EUR"))),
        (ledger.DisputeNotFound, lambda: desk.lose(_unknown(open_one))),
        (ledger.RefundNotFound, lambda: desk.decide(ledger.void_refund, open_one)),
        (ledger.NothingOwed, lambda: pay(nobody)),
        (ledger.InsufficientCoins, lambda: pay(broke)),
    ]  # fmt: skip
    before = await desk.books.digest()
    for refusal, work in cases:
        with pytest.raises(refusal):
            await work()
        assert await desk.books.digest() == before
    await desk.books.audit()


async def test_of_many_decisions_at_once_one_wins(desk: Desk, committer: Committer) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    await committer.spend(desk.gift(account, 100, creator=51_012))
    opened = await desk.open_dispute(account, source)

    async def once(number: int) -> str:
        while True:
            try:
                if number % 2:
                    await desk.lose(opened)
                else:
                    await desk.decide(ledger.win_dispute, opened)
            except RequestInProgress:
                continue
            except ledger.LedgerError as refused:
                return refused.code
            return "done"

    answers = await asyncio.gather(*(once(number) for number in range(8)))
    assert answers.count("done") == 1
    await desk.books.audit()


async def _another(desk: Desk) -> Dispute:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    opened = await desk.open_dispute(account, source)
    # The key was used in another purse's books; here it is used by hand in the same one.
    rows = await desk.books.rows(
        "select account from ledger.dispute where state = 1 order by seq desc limit 1"
    )
    return Dispute(opened.id, 0, rows[0][0], source, opened.amount, 0, 0, 0, 0, ClaimState.OPEN, 0)


def _unknown(dispute: Dispute) -> Dispute:
    return Dispute(
        ids.make(), 0, dispute.account, dispute.source, dispute.amount, 0, 0, 0, 0,
        ClaimState.OPEN, 0,
    )  # fmt: skip
