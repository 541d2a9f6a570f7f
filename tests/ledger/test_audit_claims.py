from __future__ import annotations

import pytest

from largesse import ledger
from largesse.ledger import Committer
from tests.ledger.claims import Desk
from tests.ledger.conftest import Books


@pytest.fixture(scope="module")
async def busy(books: Books) -> Books:
    """A claim of every kind and state, in good order."""
    committer, desk = Committer(books.urls.app), Desk(books)
    await committer.start()
    account = await books.person()
    for refund in (ledger.post_refund, ledger.void_refund, None):
        source, _ = await desk.buy(account, bonus=5)
        held = await desk.hold_refund(account, source)
        if refund is not None:
            await desk.decide(refund, held)
    # Everything that the first gift does not take is of the last recharge.
    await committer.spend(books.gift(account, 1005))
    for ends in ("won", "lost", "open"):
        source, _ = await desk.buy(account, coins=100, gross=108, tax=8)
        if ends == "lost":
            await committer.spend(books.gift(account, 130))
        opened = await desk.open_dispute(account, source)
        if ends == "won":
            await desk.decide(ledger.win_dispute, opened)
        if ends == "lost":
            await desk.lose(opened)
            await desk.buy(account, coins=10, gross=10, tax=1)
    await desk.mature(1_000)
    for number, verb in enumerate((None, "payout_paid", "payout_rejected", "payout_returned")):
        payout = await desk.request(1_000, 10 + number, cents=150)
        if verb == "payout_returned":
            await desk.decide(ledger.payout_paid, payout)
        if verb is not None:
            await desk.decide(getattr(ledger, verb), payout)
    await committer.stop()
    await books.audit()
    return books


# Each change is made by hand, with the triggers off, and undone by its second statement.
WRONGS = [
    ("debt against its transfers",
     "update ledger.purse set debt = debt + 1", "update ledger.purse set debt = debt - 1"),
    ("conservation of coins",
     "update ledger.purse set debt = debt + 1", "update ledger.purse set debt = debt - 1"),
    ("frozen for a reason",
     "update ledger.purse set frozen_for = frozen_for - 2",
     "update ledger.purse set frozen_for = frozen_for + 2"),
    ("earmarks against their holds",
     "update ledger.earmark set lot_to = lot_to + 1 where hold in (select id from ledger.hold where state = 0)",
     "update ledger.earmark set lot_to = lot_to - 1 where hold in (select id from ledger.hold where state = 0)"),
    ("earmarked coins lie behind all others",
     ("update ledger.earmark set lot_from = lot_from + 5, lot_to = lot_to + 5 where lot_to = 1000"
     " and hold in (select id from ledger.hold where state = 0)"),
     ("update ledger.earmark set lot_from = lot_from - 5, lot_to = lot_to - 5 where lot_to = 1005"
     " and hold in (select id from ledger.hold where state = 0)")),
    ("disputes against their journals",
     "update ledger.dispute set amount = amount + 1 where state = 1",
     "update ledger.dispute set amount = amount - 1 where state = 1"),
    ("nothing is taken back twice",
     "update ledger.dispute set owed = owed + 90 where state = 1",
     "update ledger.dispute set owed = owed - 90 where state = 1"),
    ("disputes receivable",
     "update ledger.dispute set amount = amount + 1 where state = 0",
     "update ledger.dispute set amount = amount - 1 where state = 0"),
    ("available diamonds",
     "update ledger.creator set redeemed = redeemed + 1",
     "update ledger.creator set redeemed = redeemed - 1"),
    ("payouts against the creator",
     "update ledger.payout set diamonds = diamonds + 1 where state = 0",
     "update ledger.payout set diamonds = diamonds - 1 where state = 0"),
    ("payouts in flight",
     "update ledger.payout set amount = amount + 1 where state = 0",
     "update ledger.payout set amount = amount - 1 where state = 0"),
    ("pending diamonds",
     "update ledger.earned set clawed = clawed + 1", "update ledger.earned set clawed = clawed - 1"),
    ("no hour gives more than it earned",
     "update ledger.earned set matured = matured + 1",
     "update ledger.earned set matured = matured - 1"),
]  # fmt: skip


@pytest.mark.parametrize(("law", "wrong", "mended"), WRONGS, ids=[law for law, _, _ in WRONGS])
async def test_a_claim_that_was_altered_by_hand_is_found(
    busy: Books, law: str, wrong: str, mended: str
) -> None:
    _by_hand(busy, wrong)
    report = await ledger.audit(busy.database)
    _by_hand(busy, mended)
    assert law in {finding.check for finding in report.findings}
    await busy.audit()


def _by_hand(books: Books, statement: str) -> None:
    books.owner("alter table ledger.earmark disable trigger user")
    books.owner("alter table ledger.purse drop constraint if exists purse_check")
    books.owner(statement)
    books.owner("alter table ledger.earmark enable trigger user")
