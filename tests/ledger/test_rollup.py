from __future__ import annotations

from datetime import timedelta

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import HOUSE, Booking, Committer, EscrowOrder, Kind, Leg, Release
from tests.ledger.conftest import NOON, Books

CREATOR = 8_001


async def _pending(books: Books) -> int:
    async with books.database.read() as connection:
        return await ledger.pending_diamonds(connection, CREATOR)


async def test_folding_changes_no_balance(books: Books, committer: Committer) -> None:
    account = await books.person(paid=100)
    for coins in (1, 2, 3):
        await committer.spend(books.gift(account, coins, creator=CREATOR))
        assert await _pending(books) == coins * (coins + 1) // 2
        await ledger.roll_up(books.database)
        assert await _pending(books) == coins * (coins + 1) // 2
    await ledger.roll_up(books.database)
    snapshot = await books.rows(
        "select credits - debits from ledger.snapshot where account = %s", CREATOR * 1000 + 200
    )
    assert snapshot == [(6,)]
    await books.audit()


async def test_the_horizon_waits_for_a_writer_that_drew_its_number_early(
    books: Books, committer: Committer
) -> None:
    """A paused writer holds a small number while larger ones commit; it must not be passed."""
    account, slow = await books.person(paid=100), await books.person(paid=100)
    for _ in range(3):
        await ledger.roll_up(books.database)
    before = await _pending(books)
    async with books.database.work() as connection:
        await ledger.hold(connection, books.hold(slow, 5))
        drawn = await connection.execute(
            "select max(seq) from ledger.journal where account = %s", (slow,)
        )
        early = await drawn.fetchone()
        await committer.spend(books.gift(account, 7, creator=CREATOR))
        for _ in range(3):
            await ledger.roll_up(books.database)
        folded = (await books.rows("select folded from ledger.horizon"))[0][0]
        assert early is not None
        assert folded < early[0]
        assert await _pending(books) == before + 7
    for _ in range(3):
        await ledger.roll_up(books.database)
    assert (await books.rows("select folded from ledger.horizon"))[0][0] > early[0]
    assert await _pending(books) == before + 7
    await books.audit()


async def test_the_horizon_waits_for_a_writer_that_is_the_newest_of_all(books: Books) -> None:
    """Nothing has ended since it began, so no snapshot's upper bound knows of it."""
    account = await books.person(paid=10)
    for _ in range(3):
        await ledger.roll_up(books.database)
    before = await _pending(books)
    escrow = EscrowOrder(ids.make(), account, "later", b"", Kind.MEMBERSHIP, 4, NOON)
    async with books.database.work() as connection:
        await ledger.put_in_escrow(connection, escrow)
    release = Release(ids.make(), account, escrow.id, "now", b"", CREATOR, 4, 4, NOON)
    async with books.database.work() as connection:
        spent = await ledger.release_escrow(connection, release)
        for _ in range(3):
            await ledger.roll_up(books.database)
        assert (await books.rows("select folded from ledger.horizon"))[0][0] < spent.seq
    assert await _pending(books) == before + 4
    for _ in range(3):
        await ledger.roll_up(books.database)
    assert (await books.rows("select folded from ledger.horizon"))[0][0] >= spent.seq
    assert await _pending(books) == before + 4
    await books.audit()


async def test_diamonds_become_available_after_their_window(
    books: Books, committer: Committer
) -> None:
    """End of journal J3: what was earned before the window's edge, and nothing younger."""
    account = await books.person(paid=100)
    earned = await _pending(books)
    await committer.spend(books.gift(account, 9, creator=CREATOR, at=NOON + timedelta(days=6)))
    for _ in range(2):
        await ledger.roll_up(books.database)

    async def mature() -> int:
        async with books.database.work() as connection:
            return await ledger.mature(
                connection, creator=CREATOR, earned_until=NOON + timedelta(days=1), act=ids.make(),
                at=NOON + timedelta(days=8),
            )  # fmt: skip

    assert await mature() == earned
    assert await mature() == 0
    assert await _pending(books) == 9
    async with books.database.read() as connection:
        assert (await ledger.diamonds(connection, CREATOR)).available == earned
    for _ in range(2):
        await ledger.roll_up(books.database)
    assert await _pending(books) == 9
    await books.audit()


async def test_a_settlement_is_booked_once(books: Books) -> None:
    """End of journal J1: the provider's fee, and the rest arrives in the bank."""
    order = Booking(
        id=ids.make(), account=10, key="settlement-1", body=b"1019", kind=Kind.PROVIDER_SETTLED,
        at=NOON, legs=(
            Leg(ledger.account(HOUSE, 600), ledger.account(10, 310), 61, 840),
            Leg(ledger.account(HOUSE, 300), ledger.account(10, 310), 1019, 840),
        ),
    )  # fmt: skip
    numbers = []
    for _ in range(2):
        async with books.database.work() as connection:
            numbers.append(await ledger.book(connection, order))
    assert numbers[0] == numbers[1]
    legs = await books.rows("select amount from ledger.transfers where account = 10")
    assert sorted(legs) == [(61,), (1019,)]
    await books.audit()
