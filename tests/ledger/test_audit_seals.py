"""Somebody with the owner's right changes history by hand; the audit names the row."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import Committer, Finding, KeptSeal
from tests.ledger.conftest import NOON, Books

BLOCK = 3
HISTORY = ("journal", "transfer", "lot", "seal")


async def _live(books: Books, committer: Committer) -> None:
    """Recharges, gifts and holds of two people."""
    for _ in range(2):
        account = await books.person(paid=100, promo=30)
        await books.recharge(account, coins=50, cents=99)
        await committer.spend(books.gift(account, 60))
        async with books.database.work() as connection:
            held = await ledger.hold(connection, books.hold(account, 10))
        async with books.database.work() as connection:
            await ledger.post_hold(
                connection, account=account, hold=held.id, act=ids.make(), at=NOON
            )
        await committer.spend(books.gift(account, 40))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def past(books: Books) -> Books:
    """Half of the books is sealed, in blocks of three; the other half is still open."""
    committer = Committer(books.urls.app)
    await committer.start()
    await _live(books, committer)
    with pytest.raises(ZeroDivisionError):
        async with books.database.work() as connection:
            await connection.execute("select nextval('ledger.journal_seq')")
            raise ZeroDivisionError
    await books.person(paid=100)
    for _ in range(3):
        await ledger.roll_up(books.database)
    for later in range(30):
        at = NOON + timedelta(minutes=later)
        await ledger.seal(books.database, at=at, numbers_max=BLOCK)
    await _live(books, committer)
    await committer.stop()
    books.owner("alter table ledger.span drop constraint span_account_lot_fkey")
    for table in HISTORY:
        books.owner(f"create table kept_{table} as select * from ledger.{table}")
    return books


@pytest_asyncio.fixture
async def mended(past: Books) -> AsyncIterator[Books]:
    """What a test did to history is undone after it."""
    yield past
    past.by_hand(
        *(f"delete from ledger.{table}" for table in ("seal", "lot", "transfer", "journal")),
        *(f"insert into ledger.{table} select * from kept_{table}" for table in HISTORY),
    )
    assert (await ledger.audit(past.database)).ok


async def _target(books: Books, what: str, *, sealed: bool) -> tuple[int, int]:
    """The account and number of a row to change, in the middle of what is sealed or is not."""
    which = "j.shape = 1" if what == "journal" else "j.kind = 150"
    side = "<=" if sealed else ">"
    rows = await books.rows(
        f"select account, seq from ledger.journal j where {which}"
        f" and seq {side} (select max(seq_to) from ledger.seal) order by seq offset 1 limit 1"
    )
    account, seq = rows[0]
    return account, seq


async def _found(books: Books) -> dict[str, Finding]:
    return {finding.check: finding for finding in (await ledger.audit(books.database)).findings}


def _again(table: str, changes: str) -> str:
    """The row once more, with other values here and there."""
    return (
        f"insert into ledger.{table} select (jsonb_populate_record(t, jsonb_build_object({changes}))).*"
        f" from ledger.{table} t"
    )


ROW = " where account = {account} and seq = {seq}"
DEEDS = {
    ("journal", "altered"): "update ledger.journal set at = at + interval '1 second'" + ROW,
    ("journal", "deleted"): "delete from ledger.journal" + ROW,
    ("journal", "inserted"): _again("journal", "'account', 7, 'key', gen_random_uuid()") + ROW,
    ("transfer", "altered"): "update ledger.transfer set amount = amount + 1"
    + ROW
    + " and leg = 11",
    ("transfer", "deleted"): "delete from ledger.transfer" + ROW + " and leg = 11",
    ("transfer", "inserted"): _again("transfer", "'leg', 12") + ROW + " and leg = 11",
    ("lot", "altered"): "update ledger.lot set origin = origin || ' '" + ROW,
    ("lot", "deleted"): "delete from ledger.lot" + ROW,
    ("lot", "inserted"): _again("lot", "'id', gen_random_uuid()") + ROW,
}


@pytest.mark.parametrize(("table", "deed"), DEEDS)
async def test_a_sealed_row_does_not_change_unnoticed(mended: Books, table: str, deed: str) -> None:
    account, seq = await _target(mended, table, sealed=True)
    mended.by_hand(DEEDS[table, deed].format(account=account, seq=seq))
    found = (await _found(mended))[f"sealed {table}s"]
    assert found.seq == seq
    assert found.account == (
        None if deed == "deleted" else 7 if table == "journal" and deed == "inserted" else account
    )
    assert f"was {deed}" in found.detail


LAWS = [
    ("journal", "update ledger.journal set balance = balance + 1" + ROW, "running balance"),
    ("journal", "delete from ledger.journal" + ROW, "purse against its journals"),
    ("journal",
     _again("journal", "'seq', nextval('ledger.journal_seq'), 'key', gen_random_uuid()") + ROW,
     "purse against its journals"),
    ("transfer", DEEDS["transfer", "altered"], "money of recharges"),
    ("transfer", DEEDS["transfer", "deleted"], "money of recharges"),
    ("transfer", DEEDS["transfer", "inserted"], "money of recharges"),
    ("lot", "update ledger.lot set micro = micro + 1" + ROW, "lots against the journal that brought them"),
    ("lot", DEEDS["lot", "deleted"], "lots against the journal that brought them"),
    ("lot", DEEDS["lot", "inserted"], "lots against the journal that brought them"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "deed", "law"), LAWS)
async def test_above_the_newest_seal_the_laws_find_it(
    mended: Books, table: str, deed: str, law: str
) -> None:
    account, seq = await _target(mended, table, sealed=False)
    mended.by_hand(deed.format(account=account, seq=seq))
    found = await _found(mended)
    assert found[law].account == account
    assert found[law].seq == seq or law == "purse against its journals"
    assert not [name for name in found if name.startswith("sealed")]


async def test_a_journal_in_a_number_that_nobody_used_is_found(mended: Books) -> None:
    gap = await mended.rows(
        "select n from generate_series(1, (select max(seq_to) from ledger.seal)) n"
        " where not exists (select from ledger.journal where seq = n)"
    )
    account, seq = await _target(mended, "journal", sealed=True)
    copied = _again("journal", f"'seq', {gap[0][0]}, 'key', gen_random_uuid()") + ROW
    mended.by_hand(copied.format(account=account, seq=seq))
    found = (await _found(mended))["sealed journals"]
    assert (found.account, found.seq) == (account, gap[0][0])
    assert "was inserted" in found.detail


@pytest.mark.parametrize("number", [0, -5, 10**9])
async def test_a_number_that_was_never_drawn_is_found(mended: Books, number: int) -> None:
    account, seq = await _target(mended, "journal", sealed=True)
    copied = _again("journal", f"'seq', {number}, 'key', gen_random_uuid()") + ROW
    mended.by_hand(copied.format(account=account, seq=seq))
    found = (await _found(mended))["journal numbers were drawn"]
    assert (found.account, found.seq) == (account, number)


async def test_a_seal_does_not_change_unnoticed(mended: Books) -> None:
    mended.by_hand(
        "update ledger.seal set marks = overlay(marks placing '\\x00' from 5) where block = 2"
    )
    found = await _found(mended)
    assert found["chain of seals"].detail == "block 2 does not have the digest of its contents"
    assert found["sealed journals"].seq == BLOCK + 1


async def test_a_seal_that_is_gone_is_missed(mended: Books) -> None:
    mended.by_hand("delete from ledger.seal where block = 2")
    found = await _found(mended)
    assert found["chain of seals"].detail == "block 3 does not go on where block 1 ended"


async def test_a_chain_that_was_made_anew_does_not_contain_the_kept_seal(mended: Books) -> None:
    """Who may change everything can also seal again; only what was kept elsewhere tells."""
    report = await ledger.audit(mended.database)
    assert report.seal is not None
    kept = KeptSeal(report.seal.block, report.seal.digest)
    assert (await ledger.audit(mended.database, kept=kept)).ok
    account, seq = await _target(mended, "journal", sealed=True)
    mended.by_hand(
        "delete from ledger.seal", DEEDS["journal", "altered"].format(account=account, seq=seq)
    )
    for later in range(30):
        at = NOON + timedelta(minutes=later)
        await ledger.seal(mended.database, at=at, numbers_max=BLOCK)
    assert (await ledger.audit(mended.database)).ok
    findings = (await ledger.audit(mended.database, kept=kept)).findings
    assert [(one.check, one.detail) for one in findings] == [
        ("kept seal", f"block {kept.block} has another digest")
    ]


async def test_a_kept_seal_beyond_the_chain_is_missed(mended: Books) -> None:
    report = await ledger.audit(mended.database, kept=KeptSeal(999, bytes(32)))
    assert [one.detail for one in report.findings] == ["the chain has no block 999"]


@pytest.mark.parametrize("column", ["paid", "promo", "micro", "balance"])
async def test_a_number_too_large_to_reckon_with_is_a_finding(mended: Books, column: str) -> None:
    account, seq = await _target(mended, "journal", sealed=False)
    mended.by_hand(
        f"update ledger.journal set {column} = {2**63 - 1000} where account = {account} and seq = {seq}"
    )
    assert not (await ledger.audit(mended.database)).ok


async def test_the_report_says_what_is_not_sealed_yet(past: Books) -> None:
    report = await ledger.audit(past.database)
    above = await past.rows(
        "select count(*) from ledger.journal where seq > (select max(seq_to) from ledger.seal)"
    )
    assert report.unsealed == above[0][0] > 0
