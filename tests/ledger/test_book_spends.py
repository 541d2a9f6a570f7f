from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import psycopg
import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.money import NUMERIC, Money
from largesse.ledger import HOUSE, Booking, Committer, Credit, Kind, Leg
from tests.ledger.conftest import NOON, Books

_numbers = itertools.count(500_000)


async def buyer(
    books: Books, *, price: int, coins: int, currency: str = "USD", tax: int = 0, promo: int = 0
) -> int:
    """Somebody whose paid coins cost this much, in minor units, tax included."""
    account = next(_numbers)
    order = Credit(
        id=ids.make(), account=account, key="pack", body=b"pack", at=NOON, country="US",
        origin="sandbox", paid=coins, promo=promo, price=Money(price, currency),
        tax=Money(tax, currency), fee=Money(0, currency), clearing=10,
    )  # fmt: skip
    async with books.database.work() as connection:
        await ledger.open_purse(connection, account=account, currency=currency, at=NOON)
        await ledger.credit(connection, order)
    return account


async def spend(
    books: Books, account: int, coins: int, *, rate: int, kind: Kind = Kind.HIGHLIGHT
) -> None:
    """A message that was held and posted, each coin worth a diamond at this rate."""
    order = replace(books.hold(account, coins), rate=rate, kind=kind)
    async with books.database.work() as connection:
        held = await ledger.hold(connection, order)
        await ledger.post_hold(connection, account=account, hold=held.id, act=ids.make(), at=NOON)


async def settled(books: Books, **options: int) -> int:
    """Fold everything, then book it."""
    for _ in range(2):
        await ledger.roll_up(books.database)
    return await ledger.book_spends(books.database, at=NOON, **options)


async def balance(books: Books, code: int, currency: str) -> int:
    """What an account of the house has on its credit side, in minor units."""
    query = "select ledger.open_balance(%s, %s::smallint)"
    found = await books.rows(query, ledger.account(HOUSE, code), NUMERIC[currency])
    return int(found[0][0])


async def money(books: Books, currency: str) -> dict[int, int]:
    """The money accounts that spends move, without those at zero."""
    codes = (400, 410, 420, 500, 501, 505, 604)
    found = {code: await balance(books, code, currency) for code in codes}
    return {code: amount for code, amount in found.items() if amount}


async def test_a_gift_is_booked_in_real_money_and_in_all_its_parts(
    books: Books, committer: Committer
) -> None:
    """Journals J1 and J3: ten dollars and 80 cents of tax, then 200 paid coins as a gift."""
    account = await buyer(books, price=1_080, tax=80, coins=1_000, currency="CAD")
    assert await money(books, "CAD") == {400: 1_000, 420: 80}
    gift = await committer.spend(books.gift(account, 200))
    _rate(books, account, gift.seq, 5_000)
    await settled(books)
    assert await money(books, "CAD") == {400: 800, 410: 100, 420: 80, 500: 100}
    await books.audit()


async def test_the_house_pays_for_diamonds_that_the_coins_did_not_bring(books: Books) -> None:
    """Promo coins cost nothing and earn the creator the same: 50 diamonds at half a cent."""
    account = await buyer(books, price=100, coins=100, promo=50, currency="AED")
    await spend(books, account, 50, rate=5_000)
    await settled(books)
    assert await money(books, "AED") == {400: 100, 410: 25, 604: -25}
    await books.audit()


@pytest.mark.parametrize(
    ("currency", "price", "tax", "rate"),
    [("JPY", 1_537, 140, 700_000), ("KWD", 3_333, 159, 1_777), ("EUR", 1_499, 239, 6_500)],
)
async def test_every_currency_comes_out_even_when_all_coins_are_spent(
    books: Books, currency: str, price: int, tax: int, rate: int
) -> None:
    """Currencies with no, two and three decimals, in parts that no minor unit divides."""
    account = await buyer(books, price=price, tax=tax, coins=1_000, currency=currency)
    unit = Money(1, currency).micro
    for coins in (1, 6, 7, 333, 250, 1, 402):
        await spend(books, account, coins, rate=rate)
        await settled(books)
        purse = await books.purse(account)
        rest = await books.rows(
            "select (b.micro - b.tax_micro)::bigint from ledger.purse p,"
            " ledger.basis(p.account, p.paid_out, p.paid_in) b where p.account = %s",
            account,
        )
        net = rest[0][0]
        assert await balance(books, 400, currency) == -(-net // unit)
        spent = 1_000 - purse.paid
        assert await balance(books, 410, currency) == spent * rate // unit
        await books.audit()
    assert await balance(books, 400, currency) == 0
    parts = await money(books, currency)
    assert parts[410] + parts[501] + parts.get(604, 0) == price - tax


async def test_booking_twice_or_by_two_workers_books_once(books: Books) -> None:
    account = await buyer(books, price=1_000, coins=1_000)
    await spend(books, account, 100, rate=5_000)
    for _ in range(2):
        await ledger.roll_up(books.database)
    passed = await asyncio.gather(*(ledger.book_spends(books.database, at=NOON) for _ in range(8)))
    assert sum(1 for numbers in passed if numbers) == 1
    before = await books.digest()
    assert await ledger.book_spends(books.database, at=NOON) == 0
    assert await books.digest() == before
    await books.audit()


async def test_a_backlog_is_worked_off_in_steps_and_the_books_hold_between_them(
    books: Books,
) -> None:
    account = await buyer(books, price=777, coins=1_000)
    for coins in range(1, 9):
        await spend(books, account, coins, rate=5_001)
    assert await settled(books, numbers=3, steps=2) == 6
    await books.audit()
    journals = await _bookings(books)
    while await ledger.book_spends(books.database, at=NOON, numbers=3, steps=1):
        await books.audit()
    assert await _bookings(books) > journals


async def test_a_step_that_dies_leaves_nothing_behind(books: Books) -> None:
    """The position and its journal are one transaction: without the commit there is neither."""
    account = await buyer(books, price=1_000, coins=100)
    await spend(books, account, 10, rate=5_000)
    for _ in range(2):
        await ledger.roll_up(books.database)
    before = await books.digest()
    position = await books.rows("select upto from ledger.booked")
    # The books refuse the very last statement of the step, as a crash before the commit would.
    books.owner("alter table ledger.booked add constraint stuck check (upto = -1) not valid")
    with pytest.raises(psycopg.errors.CheckViolation):
        await ledger.book_spends(books.database, at=NOON)
    books.owner("alter table ledger.booked drop constraint stuck")
    assert await books.digest() == before
    assert await books.rows("select upto from ledger.booked") == position
    assert await ledger.book_spends(books.database, at=NOON) > 0
    await books.audit()


async def test_what_is_held_or_taken_back_moves_no_money(books: Books) -> None:
    account = await buyer(books, price=1_000, coins=100)
    await settled(books)
    before = await money(books, "USD")
    async with books.database.work() as connection:
        await ledger.hold(connection, replace(books.hold(account, 10), rate=5_000))
        held = await ledger.hold(connection, replace(books.hold(account, 20), rate=5_000))
        await ledger.void_hold(connection, account=account, hold=held.id, act=ids.make(), at=NOON)
    await settled(books)
    assert await money(books, "USD") == before
    await books.audit()


# Each change is made by hand, with the triggers off, and undone by its second statement.
WRONGS = [
    ("money that spends released",
     "update ledger.journal set rate = rate + 1 where account = {account} and rate > 0",
     "update ledger.journal set rate = rate - 1 where account = {account} and rate > 0"),
    ("payable to creators",
     "update ledger.journal set rate = rate + 10000 where account = {account} and rate > 0",
     "update ledger.journal set rate = rate - 10000 where account = {account} and rate > 0"),
    ("spends in whole minor units",
     "update ledger.released set micro = micro + 2000000 where currency = 'USD' and debit = 604",
     "update ledger.released set micro = micro - 2000000 where currency = 'USD' and debit = 604"),
    ("deferred revenue",
     "update ledger.transfer set amount = amount + 1 where account = {account} and leg = 10",
     "update ledger.transfer set amount = amount - 1 where account = {account} and leg = 10"),
]  # fmt: skip


@pytest.mark.parametrize(("law", "wrong", "mended"), WRONGS, ids=[law for law, _, _ in WRONGS])
async def test_money_that_was_changed_by_hand_is_found(
    books: Books, law: str, wrong: str, mended: str
) -> None:
    account = await buyer(books, price=1_000, coins=100)
    await spend(books, account, 30, rate=5_000)
    await settled(books)
    await books.audit()
    _by_hand(books, wrong.format(account=account))
    report = await ledger.audit(books.database)
    _by_hand(books, mended.format(account=account))
    assert law in {finding.check for finding in report.findings}
    await books.audit()


async def test_the_laws_allow_other_acts_their_rounding_and_no_more(books: Books) -> None:
    """An act that releases coins of a fraction of a cent books whole cents: within one."""

    async def release(cents: int, key: str) -> None:
        leg = Leg(ledger.account(HOUSE, 400), ledger.account(HOUSE, 510), cents, NUMERIC["GBP"])
        order = Booking(
            id=ids.make(), account=HOUSE, key=key, body=b"", kind=Kind.PROVIDER_FEE, at=NOON,
            legs=(leg,),
        )  # fmt: skip
        async with books.database.work() as connection:
            await ledger.book(connection, order)

    await buyer(books, price=1_000, coins=1_000, currency="GBP")
    await release(1, "first")
    await books.audit()
    await release(2, "second")
    findings = (await ledger.audit(books.database)).findings
    assert {finding.check for finding in findings} == {"deferred revenue"}


async def _bookings(books: Books) -> int:
    rows = await books.rows(
        "select count(*) from ledger.journal where kind = %s", int(Kind.SPENDS_BOOKED)
    )
    return int(rows[0][0])


def _rate(books: Books, account: int, seq: int, rate: int) -> None:
    """What a diamond was worth in a gift that did not say so."""
    _by_hand(
        books,
        f"update ledger.journal set rate = {rate} where account = {account} and seq = {seq}",
    )


def _by_hand(books: Books, statement: str) -> None:
    for table in ("journal", "transfer"):
        books.owner(f"alter table ledger.{table} disable trigger user")
    books.owner(statement)
    for table in ("journal", "transfer"):
        books.owner(f"alter table ledger.{table} enable trigger user")
