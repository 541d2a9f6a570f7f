"""What somebody changes by hand in escrows and pots is found."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from largesse import ledger
from tests.ledger.conftest import Books
from tests.ledger.test_escrow import back, order, put, release
from tests.ledger.test_pot import close, closing, enter, new_pot, prize
from tests.ledger.test_subscription import defer, earn, membership


@dataclass(frozen=True)
class Cast:
    """Who did what in the books below."""

    books: Books
    person: int
    party: int


@pytest.fixture(scope="module")
async def cast(books: Books) -> Cast:
    """A little of everything, in good order."""
    person, other = await books.person(paid=100, promo=20), await books.person(paid=100)
    gone = await put(books, order(person, 30))
    await back(books, gone)
    open_one = await put(books, order(person, 50))
    await release(books, person, open_one.id, 25)
    pot, party = await new_pot(books)
    for account in (person, other):
        await enter(books, account, pot, 40)
    await close(books, closing(pot, prize(other, 60), fee=20))
    paid = membership(person, 7_000_000)
    await defer(books, paid)
    await earn(books, paid, 10)
    return Cast(books, person, party)


async def test_right_escrows_have_no_findings(cast: Cast) -> None:
    report = await ledger.audit(cast.books.database)
    assert report.findings == ()
    assert report.coins_escrowed == 25
    assert report.coins_issued == (
        report.coins_outstanding + report.coins_escrowed + report.coins_gone
    )
    legs = await cast.books.rows("select count(*) from ledger.transfers")
    assert report.transfers == legs[0][0]


WRONGS = [
    ("escrows against their journals",
     "update ledger.escrow set paid_from = paid_from + 1 where account = {person} and state = 0",
     "update ledger.escrow set paid_from = paid_from - 1 where account = {person} and state = 0"),
    ("coins in escrow",
     "update ledger.escrow set micro = micro + 1 where account = {person} and state = 0",
     "update ledger.escrow set micro = micro - 1 where account = {person} and state = 0"),
    ("escrow by its transfers",
     "update ledger.escrow set used = used + 1 where account = {person} and state = 0",
     "update ledger.escrow set used = used - 1 where account = {person} and state = 0"),
    ("a pot that was shared out is empty",
     "update ledger.escrow set used = used - 1, state = 0 where holder = {party} and account = {person}",
     "update ledger.escrow set used = used + 1, state = 1 where holder = {party} and account = {person}"),
    ("coins that came back",
     ("create table kept as select * from ledger.span where account = {person} and back;"
     " update ledger.span set back = false where account = {person} and back"),
     ("update ledger.span s set back = true from kept k where s.account = k.account"
     " and s.pool = k.pool and s.serial_to = k.serial_to; drop table kept")),
    ("deferred memberships",
     "update ledger.deferral set passed = passed + 1 where account = {person}",
     "update ledger.deferral set passed = passed - 1 where account = {person}"),
]  # fmt: skip


@pytest.mark.parametrize(("law", "wrong", "mended"), WRONGS, ids=[law for law, _, _ in WRONGS])
async def test_a_row_that_was_changed_by_hand_is_found(
    cast: Cast, law: str, wrong: str, mended: str
) -> None:
    cast.books.owner(wrong.format(person=cast.person, party=cast.party))
    report = await ledger.audit(cast.books.database)
    cast.books.owner(mended.format(person=cast.person, party=cast.party))
    found = {finding.check: finding for finding in report.findings}
    assert law in found
    assert found[law].account in {cast.person, cast.party}
    assert (await ledger.audit(cast.books.database)).ok
