"""Which acts a party received: found in the folds and above the horizon alike, each once."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest

from largesse import ledger
from largesse.ledger import Committer
from tests.ledger.conftest import NOON, Books

_parties = itertools.count(9_000)
FOLDS = (0, 1, 3)


async def _five_gifts(books: Books, committer: Committer, *, folds: int) -> tuple[int, list[int]]:
    """A creator with five gifts a minute apart, between a stranger's; some are folded, one by one.

    The senders received something themselves, which is nobody else's.
    """
    creator, stranger = next(_parties), next(_parties)
    senders = [await books.person(paid=100), await books.person(paid=100)]
    found = []
    for minute in range(5):
        at = NOON + timedelta(minutes=minute)
        sender, other = senders[minute % 2], senders[1 - minute % 2]
        sent = await committer.spend(books.gift(sender, 1, creator=creator, at=at))
        await committer.spend(books.gift(sender, 2, creator=stranger, at=at))
        await committer.spend(books.gift(sender, 3, creator=other, at=at))
        found.append(sent.seq)
        if minute < folds:
            await _fold(books)
    return creator, found


async def _fold(books: Books) -> None:
    for _ in range(3):
        await ledger.roll_up(books.database)


async def _before(books: Books, creator: int, seq: int, *, wanted: int) -> list[int]:
    rows = await books.rows(
        "select r.seq from ledger.received_before(%s, %s, %s) r"
        " join ledger.journal j on j.account = r.account and j.seq = r.seq"
        " where j.party = %s",
        creator,
        seq,
        wanted,
        creator,
    )
    return [number for (number,) in rows]


async def _since(books: Books, parties: list[int], moments: list[datetime]) -> list[int]:
    rows = await books.rows(
        "select seq from ledger.received_since(%s::bigint[], %s::timestamptz[]) order by seq",
        parties,
        moments,
    )
    return [number for (number,) in rows]


@pytest.mark.parametrize("folds", FOLDS)
async def test_the_newest_acts_come_page_by_page_wherever_the_horizon_stands(
    books: Books, committer: Committer, folds: int
) -> None:
    creator, seqs = await _five_gifts(books, committer, folds=folds)
    newest = seqs[::-1]
    assert await _before(books, creator, seqs[-1] + 1, wanted=10) == newest
    assert await _before(books, creator, seqs[-1] + 1, wanted=2) == newest[:2]
    assert await _before(books, creator, newest[1], wanted=2) == newest[2:4]
    assert await _before(books, creator, newest[3], wanted=10) == newest[4:]
    assert await _before(books, creator, seqs[0], wanted=10) == []


async def test_a_page_has_its_creators_acts_only(books: Books, committer: Committer) -> None:
    """Of a creator with one act, a page is one act, however many others received since."""
    creator, seqs = await _five_gifts(books, committer, folds=2)
    rows = await books.rows(
        "select seq from ledger.received_before(%s, %s, 10)", creator, seqs[-1] + 100
    )
    assert [seq for (seq,) in rows] == seqs[::-1]
    await _fold(books)
    assert await _before(books, creator, seqs[-1] + 100, wanted=3) == seqs[:1:-1]


@pytest.mark.parametrize("folds", FOLDS)
async def test_acts_since_a_moment_include_that_moment(
    books: Books, committer: Committer, folds: int
) -> None:
    creator, seqs = await _five_gifts(books, committer, folds=folds)
    for minute in range(5):
        at = NOON + timedelta(minutes=minute)
        assert await _since(books, [creator], [at]) == seqs[minute:]
    assert await _since(books, [creator], [NOON + timedelta(minutes=5)]) == []


async def test_each_party_has_a_moment_of_its_own(books: Books, committer: Committer) -> None:
    one, its = await _five_gifts(books, committer, folds=1)
    other, others = await _five_gifts(books, committer, folds=0)
    moments = [NOON + timedelta(minutes=4), NOON + timedelta(minutes=3)]
    assert await _since(books, [one, other], moments) == [*its[4:], *others[3:]]
