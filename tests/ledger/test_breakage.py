"""Reports count what crosses the edge of a purse, whatever act it was that did it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import COIN, Committer, Kind, Leg, Period, Shape, store
from largesse.ledger.purse import locked
from largesse.ledger.rules import digest
from largesse.ledger.store import JournalRow
from tests.ledger.conftest import NOON, Books

FORFEITED, ESCROW = 1_172, 140


async def move(books: Books, account: int, *, debit: int, credit: int, at: datetime) -> None:
    """Seven paid coins leave a purse by an act that no shape knows, or come back by one."""
    act = ids.make()
    leaves = debit == account * 1000 + 100
    async with books.database.work() as connection:
        purse = await locked(connection, account)
        row = JournalRow(
            account=account, seq=await store.next_seq(connection), id=act, at=at,
            key=digest(act.bytes), body=digest(b"rare"), kind=Kind.GIFT, shape=Shape.OTHER,
            balance=0,
        )  # fmt: skip
        await store.add_journal(connection, row, [Leg(debit, credit, 7, COIN)])
        if leaves:
            await store.write_purse(connection, replace(purse, paid_out=purse.paid_out + 7))


async def test_forfeited_coins_are_priced_by_the_lots_they_came_from(
    books: Books, committer: Committer
) -> None:
    account = await books.person()
    await books.recharge(account, coins=10, cents=100)
    await books.recharge(account, coins=10, cents=300)
    await committer.spend(books.gift(account, 6))
    day = datetime(2026, 7, 31, 23, 59, 59, tzinfo=UTC)
    await move(books, account, debit=account * 1000 + 100, credit=FORFEITED, at=day)

    found = await ledger.breakage(
        books.database, period=Period(NOON, datetime(2026, 8, 1, tzinfo=UTC))
    )
    (gone,) = found.gone
    # Four coins of ten cents, three of thirty; a tenth of it is tax.
    assert (gone.month, gone.reason, gone.pool, gone.country) == (
        "2026-07",
        "forfeited",
        "paid",
        "US",
    )
    assert (gone.coins, gone.micro, gone.tax_micro) == (7, 1_300_000, 130_000)
    (left,) = found.unused
    assert (left.days_min, left.days_max, left.coins, left.micro) == (90, 180, 7, 2_100_000)
    before = await ledger.breakage(books.database, period=Period(NOON, day))
    assert before.gone == ()
    assert [one.coins for one in before.unused] == [14]


async def test_coins_in_escrow_are_told_apart(books: Books) -> None:
    account = await books.person(paid=10)
    day = NOON + timedelta(days=400)
    earlier = await ledger.unused_coins(books.database, before=day)
    await move(books, account, debit=account * 1000 + 100, credit=account * 1000 + ESCROW, at=day)
    await move(
        books, account, debit=account * 1000 + ESCROW, credit=FORFEITED, at=day + timedelta(days=1)
    )
    assert await ledger.unused_coins(books.database, before=day) == earlier
    during = await ledger.unused_coins(books.database, before=day + timedelta(hours=1))
    assert [(one.pool, one.country, one.coins) for one in during] == [
        ("escrow", None, 7),
        ("paid", "US", earlier[0].coins - 7),
    ]
    found = await ledger.breakage(books.database, period=Period(day, day + timedelta(days=2)))
    assert [(one.reason, one.pool, one.coins, one.micro) for one in found.gone] == [
        ("forfeited", "escrow", 7, 0)
    ]


async def test_coins_that_no_lot_explains_are_shown_as_such(books: Books) -> None:
    """It cannot happen; if it did, the report would not hide it."""
    account = await books.person(paid=5)
    day = NOON + timedelta(days=900)
    known = await ledger.unused_coins(books.database, before=day)
    await move(books, account, debit=1_150, credit=account * 1000 + 100, at=NOON)
    assert await ledger.unused_coins(books.database, before=day) == [
        *known, ledger.UnusedCoins("paid", None, None, 7, 0, 0),
    ]  # fmt: skip
