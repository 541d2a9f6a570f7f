from __future__ import annotations

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import Committer, Part
from tests.ledger.conftest import CREATOR, NOON, Books


@pytest.fixture(scope="module")
async def busy(books: Books) -> Books:
    """A little of everything, in good order."""
    committer = Committer(books.urls.app)
    await committer.start()
    for _ in range(3):
        account = await books.person(paid=100, promo=30)
        await books.recharge(account, coins=50, cents=99)
        await committer.spend(books.gift(account, 60))
        for _ in range(2):
            async with books.database.work() as connection:
                held = await ledger.hold(connection, books.hold(account, 10))
        async with books.database.work() as connection:
            await ledger.post_hold(
                connection, account=account, hold=held.id, act=ids.make(), at=NOON
            )
        await committer.spend(books.gift(account, 40))
    await committer.stop()
    await ledger.roll_up(books.database)
    await ledger.roll_up(books.database)
    return books


async def test_right_books_have_no_findings(busy: Books) -> None:
    steps: list[tuple[Part, int, int]] = []

    def told(part: Part, done: int, total: int) -> None:
        steps.append((part, done, total))

    report = await ledger.audit(busy.database, progress=told)
    assert report.ok
    assert report.coins_issued == 3 * 180
    assert report.coins_issued == report.coins_outstanding + report.coins_gone
    legs = await busy.rows("select count(*) from ledger.transfers")
    assert report.transfers == legs[0][0]
    journals = await busy.rows("select count(*) from ledger.journal")
    assert (report.journals, report.purses) == (journals[0][0], 3)
    assert steps[-1] == (Part.PURSES, 3, 3)


# Each change is made by hand, with the triggers off, and undone by its second statement.
WRONGS = [
    ("purse against its journals",
     "update ledger.purse set paid_out = paid_out - 1 where account = {account}",
     "update ledger.purse set paid_out = paid_out + 1 where account = {account}"),
    ("running balance",
     "update ledger.journal set balance = balance + 1 where account = {account} and seq = {seq}",
     "update ledger.journal set balance = balance - 1 where account = {account} and seq = {seq}"),
    ("serials without gap or overlap",
     "update ledger.journal set paid_from = paid_from + 1 where account = {account} and seq = {seq}",
     "update ledger.journal set paid_from = paid_from - 1 where account = {account} and seq = {seq}"),
    ("what spent coins cost",
     "update ledger.journal set micro = micro + 1 where account = {account} and seq = {seq}",
     "update ledger.journal set micro = micro - 1 where account = {account} and seq = {seq}"),
    ("holds against the purse",
     "update ledger.hold set paid = paid + 1 where account = {account} and state = 0",
     "update ledger.hold set paid = paid - 1 where account = {account} and state = 0"),
    ("spans without gap or overlap",
     "update ledger.span set serial_from = serial_from + 1 where account = {account} and pool = 1 and serial_from = 100",
     "update ledger.span set serial_from = serial_from - 1 where account = {account} and pool = 1 and serial_from = 101"),
    ("lots against the journal that brought them",
     "update ledger.lot set micro = micro + 1 where account = {account} and coins = 50",
     "update ledger.lot set micro = micro - 1 where account = {account} and coins = 50"),
    ("money of recharges",
     "update ledger.transfer set amount = amount + 1 where account = {account} and leg = 11",
     "update ledger.transfer set amount = amount - 1 where account = {account} and leg = 11"),
    ("snapshots against the transfers",
     "update ledger.snapshot set credits = credits + 1 where account = 1160",
     "update ledger.snapshot set credits = credits - 1 where account = 1160"),
    ("the lot at the head of a purse",
     "update ledger.purse set head_micro = head_micro + 1 where account = {account}",
     "update ledger.purse set head_micro = head_micro - 1 where account = {account}"),
    ("what was received",
     "update ledger.received set seqs[1] = seqs[1] + 1000 where party = 1000",
     "update ledger.received set seqs[1] = seqs[1] - 1000 where party = 1000"),
    ("what was received",
     "update ledger.received set accounts[1] = accounts[1] + 1 where party = 1000",
     "update ledger.received set accounts[1] = accounts[1] - 1 where party = 1000"),
    ("chart of accounts",
     "update ledger.transfer set credit = 1499 where account = {account} and leg = 11",
     "update ledger.transfer set credit = 1420 where account = {account} and leg = 11"),
]  # fmt: skip


@pytest.mark.parametrize(("law", "wrong", "mended"), WRONGS, ids=[law for law, _, _ in WRONGS])
async def test_a_row_that_was_changed_by_hand_is_found(
    busy: Books, law: str, wrong: str, mended: str
) -> None:
    rows = await busy.rows(
        "select account, max(seq) from ledger.journal where shape = 1 group by 1 order by 1 limit 1"
    )
    account, seq = rows[0]
    busy.by_hand(wrong.format(account=account, seq=seq))
    report = await ledger.audit(busy.database)
    busy.by_hand(mended.format(account=account, seq=seq))

    found = {finding.check: finding for finding in report.findings}
    assert law in found
    assert found[law].account in {account, 1160, CREATOR}
    assert (await ledger.audit(busy.database)).ok


async def test_a_purse_whose_first_lot_is_just_used_up_is_right(books: Books) -> None:
    committer = Committer(books.urls.app)
    await committer.start()
    account = await books.person(paid=10)
    await books.recharge(account, coins=20, cents=99)
    for coins in (10, 20):
        await committer.spend(books.gift(account, coins))
        assert (await ledger.audit(books.database)).ok
    await committer.stop()


async def test_a_journal_that_was_deleted_is_found(busy: Books) -> None:
    account = (await busy.rows("select max(account) from ledger.journal where shape = 1"))[0][0]
    row = f"account = {account} and seq = (select max(seq) from ledger.journal where account = {account} and shape = 1)"
    busy.by_hand(f"create table kept as select * from ledger.journal where {row}")
    busy.by_hand(f"delete from ledger.journal where {row}")
    report = await ledger.audit(busy.database)
    busy.by_hand("insert into ledger.journal select * from kept")
    busy.by_hand("drop table kept")
    checks = {finding.check for finding in report.findings}
    assert {"purse against its journals", "conservation of coins"} <= checks
    assert (await ledger.audit(busy.database)).ok
