from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict, Invalid, RequestInProgress
from largesse.kernel.money import Money
from largesse.ledger import Committer, Payout, PayoutOrder, PayoutState
from tests.ledger.claims import Desk
from tests.ledger.conftest import NOON, Books


@pytest.fixture(scope="module")
def desk(books: Books) -> Desk:
    return Desk(books)


async def creator_with(desk: Desk, committer: Committer, diamonds: int) -> int:
    """Somebody who may withdraw so many diamonds; who gave them does not matter."""
    account = await desk.books.person(paid=diamonds)
    creator = account + 900_000
    await committer.spend(desk.books.gift(account, diamonds, creator=creator))
    assert await desk.mature(creator) == diamonds
    return creator


async def test_a_withdrawal_from_request_to_paid(desk: Desk, committer: Committer) -> None:
    """Journal J8 with the reference's numbers: 20,000 diamonds are 100.00, the fee is 1.00."""
    creator = await creator_with(desk, committer, 20_000)
    requested = await desk.request(creator, 20_000)
    mine = creator * 1000
    assert await desk.legs(creator, requested.seq) == [
        (mine + 210, mine + 220, 20_000, 2),
        (1410, mine + 411, 10_000, 840),
    ]
    assert (requested.amount, requested.arriving) == (Money(10_000, "USD"), Money(9_900, "USD"))
    await desk.books.audit()

    paid = await desk.decide(ledger.payout_paid, requested)
    assert paid.state is PayoutState.PAID
    assert await desk.legs(creator, paid.seq) == [
        (mine + 220, 1260, 20_000, 2),
        (mine + 411, 1300, 9_900, 840),
        (mine + 411, 1504, 100, 840),
    ]
    diamonds = await desk.diamonds(creator)
    assert (diamonds.available, diamonds.withdrawing, diamonds.redeemed) == (0, 0, 20_000)
    await desk.books.audit()


async def test_a_rejected_withdrawal_is_exactly_undone(desk: Desk, committer: Committer) -> None:
    creator = await creator_with(desk, committer, 300)
    requested = await desk.request(creator, 200, cents=150)
    rejected = await desk.decide(ledger.payout_rejected, requested)
    mine = creator * 1000
    assert await desk.legs(creator, rejected.seq) == [
        (mine + 220, mine + 210, 200, 2),
        (mine + 411, 1410, 150, 840),
    ]
    diamonds = await desk.diamonds(creator)
    assert (diamonds.available, diamonds.withdrawing, diamonds.redeemed) == (300, 0, 0)
    assert await desk.balance(mine + 411) == 0
    await desk.books.audit()


async def test_withheld_tax_is_a_leg_of_its_own_and_returns_with_the_money(
    desk: Desk, committer: Committer
) -> None:
    creator = await creator_with(desk, committer, 20_000)
    requested = await desk.request(creator, 20_000, withheld=2_400)
    paid = await desk.decide(ledger.payout_paid, requested)
    mine = creator * 1000
    assert (await desk.legs(creator, paid.seq))[1:] == [
        (mine + 411, 1300, 7_500, 840),
        (mine + 411, 1504, 100, 840),
        (mine + 411, 1412, 2_400, 840),
    ]
    returned = await desk.decide(ledger.payout_returned, requested)
    assert await desk.legs(creator, returned.seq) == [
        (1260, mine + 210, 20_000, 2),
        (1300, 1410, 7_500, 840),
        (1504, 1410, 100, 840),
        (1412, 1410, 2_400, 840),
    ]
    diamonds = await desk.diamonds(creator)
    assert (diamonds.available, diamonds.withdrawing, diamonds.redeemed) == (20_000, 0, 0)
    await desk.books.audit()


async def test_what_came_back_can_be_withdrawn_again(desk: Desk, committer: Committer) -> None:
    creator = await creator_with(desk, committer, 500)
    for verb in (ledger.payout_rejected, ledger.payout_paid):
        await desk.decide(verb, await desk.request(creator, 500, cents=250))
    assert (await desk.diamonds(creator)).redeemed == 500
    await desk.books.audit()


async def test_two_withdrawals_at_once_share_what_there_is(
    desk: Desk, committer: Committer
) -> None:
    creator = await creator_with(desk, committer, 100)

    async def once() -> str:
        while True:
            try:
                await desk.request(creator, 60, cents=130)
            except RequestInProgress:
                continue
            except ledger.InsufficientDiamonds as refused:
                return f"{refused.missing} missing"
            return "done"

    answers = await asyncio.gather(*(once() for _ in range(6)))
    assert sorted(answers) == ["20 missing"] * 5 + ["done"]
    await desk.books.audit()


async def test_the_same_keys_answer_again(desk: Desk, committer: Committer) -> None:
    creator = await creator_with(desk, committer, 100)
    requested = await desk.request(creator, 60, cents=130, key="p1")
    paid = await desk.decide(ledger.payout_paid, requested, key="p1-paid")
    returned = await desk.decide(ledger.payout_returned, requested, key="p1-back")
    for again, first, state in (
        (await desk.request(creator, 60, cents=130, key="p1"), requested, PayoutState.REQUESTED),
        (await desk.decide(ledger.payout_paid, requested, key="p1-paid"), paid, PayoutState.PAID),
        (await desk.decide(ledger.payout_returned, requested, key="p1-back"), returned,
         PayoutState.RETURNED),
    ):  # fmt: skip
        assert (again.seq, again.state, again.replayed) == (first.seq, state, True)
    other = PayoutOrder(ids.make(), creator, "p1", b"more", NOON, 61, Money(130, "USD"))
    second = await desk.request(creator, 10, cents=101)
    with pytest.raises(IdempotencyConflict):
        async with desk.books.database.work() as connection:
            await ledger.request_payout(connection, other)
    with pytest.raises(IdempotencyConflict):
        await desk.decide(ledger.payout_paid, second, key="p1-paid")
    assert (await desk.diamonds(creator)).available == 90


async def test_every_refused_payout_says_why_and_changes_nothing(
    desk: Desk, committer: Committer
) -> None:
    creator = await creator_with(desk, committer, 1000)
    states = [await desk.request(creator, 100, cents=110) for _ in range(4)]
    requested, paid, rejected, returned = states
    await desk.decide(ledger.payout_paid, paid)
    await desk.decide(ledger.payout_rejected, rejected)
    await desk.decide(ledger.payout_paid, returned)
    await desk.decide(ledger.payout_returned, returned)
    unknown = Payout(
        ids.make(), 0, creator, 1, paid.amount, paid.arriving, PayoutState.REQUESTED, replayed=False
    )
    cases: list[tuple[type[Exception], Callable[[], Awaitable[object]]]] = [
        (ledger.InsufficientDiamonds, lambda: desk.request(creator, 801)),
        (ledger.InsufficientDiamonds, lambda: desk.request(creator + 1_000_000, 1)),
        (Invalid, lambda: desk.request(creator, 0)),
        (ledger.PayoutPending, lambda: desk.decide(ledger.payout_returned, requested)),
        (ledger.PayoutPaid, lambda: desk.decide(ledger.payout_paid, paid)),
        (ledger.PayoutPaid, lambda: desk.decide(ledger.payout_rejected, paid)),
        (ledger.PayoutRejected, lambda: desk.decide(ledger.payout_paid, rejected)),
        (ledger.PayoutRejected, lambda: desk.decide(ledger.payout_rejected, rejected)),
        (ledger.PayoutRejected, lambda: desk.decide(ledger.payout_returned, rejected)),
        (ledger.PayoutReturned, lambda: desk.decide(ledger.payout_paid, returned)),
        (ledger.PayoutReturned, lambda: desk.decide(ledger.payout_returned, returned)),
        (ledger.PayoutNotFound, lambda: desk.decide(ledger.payout_paid, unknown)),
    ]
    before = await desk.books.digest()
    for refusal, work in cases:
        with pytest.raises(refusal):
            await work()
        assert await desk.books.digest() == before
    await desk.books.audit()
