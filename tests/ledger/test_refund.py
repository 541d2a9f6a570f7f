from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict, NotFound, RequestInProgress
from largesse.kernel.money import Money
from largesse.ledger import Committer, Credit, InsufficientCoins, RechargeRefunded, Seller
from largesse.ledger.claims_model import ClaimState, Refund
from tests.ledger.claims import Desk
from tests.ledger.conftest import NOON, Books


@pytest.fixture(scope="module")
def desk(books: Books) -> Desk:
    return Desk(books)


async def test_a_refund_before_anything_is_spent_takes_all_of_it_back(desk: Desk) -> None:
    """Journal J6 with the reference's numbers: 1,000 coins for 10.80, and a bonus of 100."""
    account = await desk.books.person()
    source, credited = await desk.buy(account, bonus=100)
    held = await desk.hold_refund(account, source)
    assert (held.paid, held.promo, held.money) == (1000, 100, Money(1080, "USD"))
    mine = account * 1000
    assert await desk.legs(account, held.seq) == [
        (mine + 110, mine + 130, 100, 1),
        (mine + 100, mine + 130, 1000, 1),
    ]
    assert (await desk.books.purse(account)).spendable == 0
    await desk.books.audit()

    posted = await desk.decide(ledger.post_refund, held)
    assert posted.state is ClaimState.TAKEN
    assert await desk.legs(account, posted.seq) == [
        (mine + 130, 1173, 100, 1),
        (mine + 130, 1170, 1000, 1),
        (1400, 10310, 1000, 840),
        (1420, 10310, 80, 840),
    ]
    purse = await desk.books.purse(account)
    assert (purse.spendable, purse.held, purse.basis_micro) == (0, 0, 0)
    await desk.books.audit()
    assert credited.balance == 1100


async def test_a_refund_that_fails_leaves_the_purse_as_it_was(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person(paid=50)
    source, _ = await desk.buy(account, bonus=10, expires=NOON + timedelta(days=9))
    await desk.buy(account)
    before = await desk.books.purse(account)
    spans = await _spans(desk.books, account)
    held = await desk.hold_refund(account, source)
    voided = await desk.decide(ledger.void_refund, held)
    assert (voided.state, voided.balance) == (ClaimState.KEPT, before.spendable)
    assert await desk.books.purse(account) == before
    assert await _spans(desk.books, account) == spans
    await committer.spend(desk.books.gift(account, 60))
    await desk.books.audit()


async def test_a_refund_takes_the_coins_of_its_own_lot_from_the_middle(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person()
    await desk.buy(account, coins=100, gross=100, tax=0)
    middle, _ = await desk.buy(account, coins=100, gross=999, tax=99)
    await desk.buy(account, coins=100, gross=300, tax=0)
    held = await desk.hold_refund(account, middle)
    assert held.money == Money(999, "USD")
    await desk.books.audit()

    gift = await committer.spend(desk.books.gift(account, 150))
    assert gift.micro == 1_000_000 + 1_500_000
    with pytest.raises(InsufficientCoins):
        await committer.spend(desk.books.gift(account, 51))
    posted = await desk.decide(ledger.post_refund, held)
    assert (await desk.legs(account, posted.seq))[1:] == [
        (1400, 10310, 900, 840),
        (1420, 10310, 99, 840),
    ]
    assert (await committer.spend(desk.books.gift(account, 50))).micro == 1_500_000
    await desk.books.audit()


async def test_coins_bought_while_a_refund_waits_lie_before_the_ones_on_hold(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=100, gross=999, tax=99, bonus=5)
    held = await desk.hold_refund(account, source)
    await desk.buy(account, coins=10, gross=10, tax=0, bonus=3)
    await desk.books.audit()
    assert (await committer.spend(desk.books.gift(account, 13))).micro == 100_000
    posted = await desk.decide(ledger.post_refund, held)
    assert (posted.paid, posted.promo) == (100, 5)
    assert (await desk.books.purse(account)).basis_micro == 0
    await desk.books.audit()


async def test_the_unspent_rest_is_refunded_to_the_last_millionth(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=1000, gross=1080, tax=80)
    spent = await committer.spend(desk.books.gift(account, 333))
    held = await desk.hold_refund(account, source)
    assert (held.paid, held.money) == (667, Money(720, "USD"))
    posted = await desk.decide(ledger.post_refund, held)
    assert (await desk.legs(account, posted.seq))[1:] == [
        (1400, 10310, 667, 840),
        (1420, 10310, 53, 840),
    ]
    micro = await desk.books.rows(
        "select sum(micro)::bigint from ledger.journal where account = %s and shape in (1, 4)",
        account,
    )
    assert micro == [(10_800_000,)]
    assert spent.micro == 3_596_400
    await desk.books.audit()


async def test_coins_promised_to_something_else_are_not_refunded(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account, coins=100, gross=100, tax=0)
    async with desk.books.database.work() as connection:
        promised = await ledger.hold(connection, desk.books.hold(account, 40))
    held = await desk.hold_refund(account, source)
    assert (held.paid, held.money) == (60, Money(60, "USD"))
    async with desk.books.database.work() as connection:
        posted = await ledger.post_hold(
            connection, account=account, hold=promised.id, act=ids.make(), at=NOON
        )
    assert posted.micro == 400_000
    await desk.decide(ledger.post_refund, held)
    await desk.books.audit()


async def test_a_hold_beside_a_refund_counts_the_coins_that_it_will_take(desk: Desk) -> None:
    account = await desk.books.person()
    dear, _ = await desk.buy(account, coins=10, gross=1000, tax=0)
    await desk.buy(account, coins=10, gross=10, tax=0)
    await desk.hold_refund(account, dear)
    async with desk.books.database.work() as connection:
        made = await ledger.hold(connection, desk.books.hold(account, 5))
    assert made.micro == 50_000
    async with desk.books.database.work() as connection:
        made = await ledger.hold(connection, desk.books.hold(account, 5))
    assert made.micro == 50_000
    await desk.books.audit()


async def test_a_bonus_on_hold_outlives_its_time_and_others_do_not(
    desk: Desk, committer: Committer
) -> None:
    account = await desk.books.person(promo=7, expires=NOON + timedelta(days=3))
    source, _ = await desk.buy(account, bonus=5, expires=NOON + timedelta(days=1))
    await desk.books.bonus(account, coins=9, expires=NOON + timedelta(days=9))
    held = await desk.hold_refund(account, source)
    purse = await desk.books.purse(account)
    assert (purse.promo, purse.held_promo) == (16, 5)
    assert purse.promo_until == NOON + timedelta(days=3)

    later = NOON + timedelta(days=4)
    assert (await desk.books.purse(account, at=later)).promo == 9
    assert (await committer.spend(desk.books.gift(account, 2, at=later))).promo == 2
    await desk.books.audit()
    await desk.decide(ledger.void_refund, held, at=later)
    assert (await desk.books.purse(account, at=later)).promo == 7
    await desk.books.audit()


async def test_the_same_keys_answer_again(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    held = await desk.hold_refund(account, source, key="r1")
    assert (await desk.hold_refund(account, source, key="r1")).id == held.id
    posted = await desk.decide(ledger.post_refund, held, key="r1-done")
    again = await desk.decide(ledger.post_refund, held, key="r1-done")
    assert (again.seq, again.money, again.replayed) == (posted.seq, posted.money, True)
    late = await desk.hold_refund(account, source, key="r1")
    assert (late.state, late.balance) == (ClaimState.OPEN, held.balance)
    with pytest.raises(IdempotencyConflict):
        await desk.hold_refund(account, source, key="r1", body=b"another")
    with pytest.raises(IdempotencyConflict):
        await desk.hold_refund(account, ids.make(), key="r1")
    with pytest.raises(IdempotencyConflict):
        await desk.decide(ledger.void_refund, _other(held), key="r1-done")


async def test_every_refused_refund_says_why_and_changes_nothing(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    spent_one, _ = await desk.buy(await desk.books.person())
    held = await desk.hold_refund(account, source)
    done = await desk.books.person()
    gone, _ = await desk.buy(done)
    posted = await desk.decide(ledger.post_refund, await desk.hold_refund(done, gone))
    failed = await desk.books.person()
    kept, _ = await desk.buy(failed)
    voided = await desk.decide(ledger.void_refund, await desk.hold_refund(failed, kept))
    async with desk.books.database.work() as connection:
        order = desk.books.hold(failed, 1)
        await ledger.hold(connection, order)

    cases: list[tuple[type[Exception], Callable[[], Awaitable[object]]]] = [
        (NotFound, lambda: desk.hold_refund(account, spent_one)),
        (ledger.RefundOpen, lambda: desk.hold_refund(account, source)),
        (ledger.NothingToRefund, lambda: desk.hold_refund(done, gone)),
        (ledger.RefundPosted, lambda: desk.decide(ledger.post_refund, posted)),
        (ledger.RefundPosted, lambda: desk.decide(ledger.void_refund, posted)),
        (ledger.RefundVoided, lambda: desk.decide(ledger.post_refund, voided)),
        (ledger.RefundVoided, lambda: desk.decide(ledger.void_refund, voided)),
        (ledger.RefundNotFound, lambda: desk.decide(ledger.post_refund, _other(held))),
        (ledger.RefundNotFound, lambda: desk.decide(ledger.void_refund, _other(voided, order.id))),
        (ledger.HoldNotFound, lambda: _void_as_a_hold(desk.books, held)),
    ]
    before = await desk.books.digest()
    for refusal, work in cases:
        with pytest.raises(refusal):
            await work()
        assert await desk.books.digest() == before


async def test_of_many_decisions_at_once_one_wins(desk: Desk) -> None:
    account = await desk.books.person()
    source, _ = await desk.buy(account)
    held = await desk.hold_refund(account, source)

    async def once(number: int) -> str:
        verb = ledger.post_refund if number % 2 else ledger.void_refund
        while True:
            try:
                await desk.decide(verb, held)
            except RequestInProgress:
                continue
            except ledger.LedgerError as refused:
                return refused.code
            return "done"

    answers = await asyncio.gather(*(once(number) for number in range(8)))
    assert answers.count("done") == 1
    assert set(answers) - {"done"} in ({"refund_posted"}, {"refund_voided"})
    await desk.books.audit()


async def test_a_store_gives_its_commission_back(desk: Desk) -> None:
    """Journal J1b, and its refund: 10.00, of which the store keeps 3.00."""
    account = await desk.books.person()
    source, credited = await desk.buy_in_store(account)
    assert (await desk.legs(account, credited.seq))[1:] == [
        (20312, 1400, 700, 840),
        (1601, 1400, 300, 840),
    ]
    await desk.books.audit()
    posted = await desk.decide(ledger.post_refund, await desk.hold_refund(account, source))
    assert (await desk.legs(account, posted.seq))[1:] == [
        (1400, 20312, 700, 840),
        (1400, 1601, 300, 840),
    ]
    assert await desk.balance(20312) == 0
    await desk.books.audit()


async def test_the_tax_of_a_store_is_its_own_affair(desk: Desk) -> None:
    account = await desk.books.person()
    source, credited = await desk.buy_in_store(account, tax=99)
    assert (await desk.books.purse(account)).basis_micro == 10_990_000
    assert [leg[2] for leg in await desk.legs(account, credited.seq)] == [1000, 700, 300]
    held = await desk.hold_refund(account, source)
    assert held.money == Money(1099, "USD")
    await desk.decide(ledger.post_refund, held)
    await desk.books.audit()


async def test_a_store_that_keeps_the_whole_price_is_a_store_all_the_same(desk: Desk) -> None:
    """It owes nothing, so there is nothing that a bank could take from us; its commission comes back."""
    account, source = await desk.books.person(), ids.make()
    order = Credit(
        id=ids.make(), account=account, key="all", body=b"", at=NOON, country="US", origin="apple",
        paid=10, price=Money(110, "USD"), tax=Money(10, "USD"), fee=Money(100, "USD"),
        source=source, clearing=20, seller=Seller.STORE,
    )  # fmt: skip
    async with desk.books.database.work() as connection:
        await ledger.credit(connection, order)
    with pytest.raises(RechargeRefunded):
        await desk.open_dispute(account, source)
    posted = await desk.decide(ledger.post_refund, await desk.hold_refund(account, source))
    assert (await desk.legs(account, posted.seq))[1:] == [(1400, 1601, 100, 840)]
    await desk.books.audit()


def test_a_store_sells_for_more_than_the_tax() -> None:
    with pytest.raises(AssertionError, match="more than the tax"):
        Credit(
            id=ids.make(), account=1, key="", body=b"", at=NOON, country="US", origin="apple",
            paid=10, price=Money(10, "USD"), tax=Money(10, "USD"), seller=Seller.STORE,
        )  # fmt: skip


async def _spans(books: Books, account: int) -> list[tuple[object, ...]]:
    return await books.rows(
        "select pool, serial_from, serial_to, lot, lot_from from ledger.span where account = %s"
        " order by pool, serial_to",
        account,
    )


async def _void_as_a_hold(books: Books, refund: Refund) -> None:
    async with books.database.work() as connection:
        await ledger.void_hold(
            connection, account=refund.account, hold=refund.id, act=ids.make(), at=NOON
        )


def _other(refund: Refund, number: UUID | None = None) -> Refund:
    return Refund(
        number or ids.make(), 0, refund.account, refund.source, 0, 0, refund.money,
        refund.tax, ClaimState.OPEN, 0, replayed=False,
    )  # fmt: skip
