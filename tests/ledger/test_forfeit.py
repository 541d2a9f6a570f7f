"""Journal J9: the coins of an account that is closed."""

from __future__ import annotations

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict
from largesse.ledger import CoinsOwed, CoinsPromised, Forfeit, Forfeited, SpendingFrozen
from largesse.ledger.forfeit import money_legs
from largesse.ledger.lot_store import CountryBasis
from tests.ledger.conftest import NOON, Books
from tests.ledger.test_escrow import back, order, put
from tests.ledger.test_pot import close, closing, enter, new_pot, prize


async def forfeit(
    books: Books, account: int, *, key: str = "gone", body: bytes = b"", claimed: str = ""
) -> Forfeited:
    wanted = Forfeit(
        id=ids.make(), account=account, key=key, body=body, at=NOON,
        unclaimed_in=frozenset({claimed} if claimed else ()),
    )  # fmt: skip
    async with books.database.work() as connection:
        return await ledger.forfeit(connection, wanted)


async def legs(books: Books, account: int) -> list[tuple[int, ...]]:
    return await books.rows(
        "select t.debit, t.credit, t.amount, t.asset from ledger.transfers t join ledger.journal j"
        " on j.account = t.account and j.seq = t.seq"
        " where t.account = %s and j.shape = 10 order by t.leg",
        account,
    )


@pytest.mark.parametrize(("claimed", "target"), [("", 1510), ("US", 1450), ("CA", 1510)])
async def test_a_closed_account_forfeits_what_it_has(
    books: Books, claimed: str, target: int
) -> None:
    """120 paid coins that cost 1.20 without tax, and 30 promo coins."""
    account = await books.person(promo=30)
    await books.recharge(account, coins=1080, cents=1200)
    await spend(books, account, promo=30, paid=960)
    await books.bonus(account, coins=30)
    gone = await forfeit(books, account, claimed=claimed)
    assert (gone.paid, gone.promo, gone.prize, gone.replayed) == (120, 30, 0, False)
    mine = account * 1000
    assert await legs(books, account) == [
        (mine + 110, 1173, 30, 1),
        (mine + 100, 1172, 120, 1),
        (1400, target, 120, 840),
    ]
    purse = await books.purse(account)
    assert (purse.spendable, purse.basis_micro) == (0, 0)
    await books.audit()


async def spend(books: Books, account: int, *, promo: int, paid: int) -> None:
    async with books.database.work() as connection:
        held = await ledger.hold(connection, books.hold(account, promo + paid))
        await ledger.post_hold(connection, account=account, hold=held.id, act=ids.make(), at=NOON)


async def test_prize_coins_are_forfeited_with_their_basis(books: Books) -> None:
    pot, _ = await new_pot(books)
    account = await books.person(paid=100)
    await enter(books, account, pot, 60)
    await close(books, closing(pot, prize(account, 50), fee=10))
    gone = await forfeit(books, account)
    assert (gone.paid, gone.prize, gone.micro) == (40, 50, 900_000)
    assert await legs(books, account) == [
        (account * 1000 + 100, 1172, 40, 1),
        (account * 1000 + 120, 1172, 50, 1),
        (1400, 1510, 81, 840),
    ]
    await books.audit()


async def test_it_is_done_once_a_key(books: Books) -> None:
    account = await books.person(paid=10)
    first = await forfeit(books, account)
    state = await books.digest()
    again = await forfeit(books, account)
    assert (again.paid, again.micro, again.replayed) == (first.paid, first.micro, True)
    with pytest.raises(IdempotencyConflict):
        await forfeit(books, account, body=b"other")
    nothing = await forfeit(books, account, key="twice")
    assert (nothing.paid, nothing.replayed) == (0, False)
    assert await books.digest() == state


async def test_nothing_is_forfeited_while_something_is_undecided(books: Books) -> None:
    account = await books.person(paid=100)
    async with books.database.work() as connection:
        held = await ledger.hold(connection, books.hold(account, 10))
    escrow = await put(books, order(account, 10))
    state = await books.digest()
    with pytest.raises(CoinsPromised):
        await forfeit(books, account)
    assert await books.digest() == state
    async with books.database.work() as connection:
        await ledger.void_hold(connection, account=account, hold=held.id, act=ids.make(), at=NOON)
    with pytest.raises(CoinsPromised):
        await forfeit(books, account)
    await back(books, escrow)

    async with books.database.work() as connection:
        await ledger.freeze(connection, account=account)
    state = await books.digest()
    with pytest.raises(SpendingFrozen):
        await forfeit(books, account)
    assert await books.digest() == state
    async with books.database.work() as connection:
        await ledger.thaw(connection, account=account)
    assert (await forfeit(books, account)).paid == 100
    await books.audit()


async def test_whoever_owes_coins_cannot_leave_them_behind(books: Books) -> None:
    account = await books.person(paid=10)
    books.owner(f"update ledger.purse set debt = 5 where account = {account}")
    state = await books.digest()
    with pytest.raises(CoinsOwed) as owed:
        await forfeit(books, account)
    assert owed.value.coins == 5
    assert await books.digest() == state
    books.owner(f"update ledger.purse set debt = 0 where account = {account}")


def test_the_money_of_each_country_goes_where_its_law_says() -> None:
    costs = [
        CountryBasis("DE", 1_009_999, 9_000, 0),
        CountryBasis("JP", 5_000, 0, 0),
        CountryBasis("US", 2_009_000, 0, 0),
    ]
    found = money_legs(costs, currency="USD", unclaimed_in=frozenset({"US"}))
    # 3.014999 in all, of which 2.009 are claimed: no cent is made up.
    assert [(leg.credit, leg.amount) for leg in found] == [(1450, 200), (1510, 101)]
    assert money_legs(costs[1:2], currency="USD", unclaimed_in=frozenset()) == []
