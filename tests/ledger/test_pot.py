"""Journal J10: entries of many people in one pot, shared out or all taken back."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import UUID

import pytest

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyConflict, NotFound, RequestInProgress
from largesse.ledger import (
    Committer,
    CurrencyMismatch,
    Escrow,
    EscrowNotFound,
    EscrowOrder,
    EscrowReturn,
    EscrowReturnedAlready,
    EscrowSpent,
    Kind,
    PotClose,
    PotClosed,
    PotEnded,
    PotNotSharedOut,
    Prize,
)
from tests.ledger.conftest import NOON, Books


async def new_pot(books: Books, *, currency: str = "USD") -> tuple[UUID, int]:
    pot = ids.make()
    async with books.database.work() as connection:
        party = await ledger.open_pot(connection, pot=pot, currency=currency, at=NOON)
        assert await ledger.open_pot(connection, pot=pot, currency=currency, at=NOON) == party
    return pot, party


async def enter(
    books: Books, account: int, pot: UUID, coins: int = 200, *, key: str = ""
) -> Escrow:
    act = ids.make()
    order = EscrowOrder(
        id=act, account=account, key=key or str(act), body=pot.bytes, kind=Kind.EVENT_FEE,
        coins=coins, at=NOON, pot=pot,
    )  # fmt: skip
    async with books.database.work() as connection:
        return await ledger.put_in_escrow(connection, order)


def prize(account: int, coins: int, *, diamonds: int = 0) -> Prize:
    return Prize(id=ids.make(), account=account, coins=coins, country="US", diamonds=diamonds)


def closing(pot: UUID, *prizes: Prize, fee: int, key: str = "close", body: bytes = b"") -> PotClose:
    return PotClose(
        id=ids.make(), pot=pot, key=key, body=body, at=NOON, fee=fee, prizes=tuple(prizes)
    )


async def close(books: Books, order: PotClose) -> PotClosed:
    async with books.database.work() as connection:
        return await ledger.close_pot(connection, order)


async def cancel(books: Books, pot: UUID, *, key: str = "cancel", body: bytes = b"") -> None:
    async with books.database.work() as connection:
        await ledger.cancel_pot(connection, pot=pot, key=key, body=body, at=NOON)


async def spend_all(books: Books, account: int, coins: int) -> ledger.Spent:
    async with books.database.work() as connection:
        held = await ledger.hold(connection, books.hold(account, coins))
        return await ledger.post_hold(
            connection, account=account, hold=held.id, act=ids.make(), at=NOON
        )


async def test_an_event_takes_its_fee_and_gives_the_rest_to_the_winner(books: Books) -> None:
    """100 entrants at 200 coins of a cent: fee 4,000 coins and 40.00, prize 16,000 and 160.00."""
    pot, party = await new_pot(books)
    people = [await books.person(paid=200) for _ in range(100)]
    for person in people:
        await enter(books, person, pot)
    await books.audit()
    winner = people[0]
    closed = await close(books, closing(pot, prize(winner, 16_000), fee=4_000))
    assert (closed.coins, closed.fee_micro) == (20_000, 40_000_000)
    assert [(award.coins, award.micro) for award in closed.awards] == [(16_000, 160_000_000)]

    legs = await books.rows(
        "select debit, credit, amount from ledger.transfers where credit = %s or debit = %s"
        " order by seq desc limit 2",
        party * 1000 + 140,
        party * 1000 + 140,
    )
    assert legs == [
        (party * 1000 + 140, winner * 1000 + 120, 16_000),
        (party * 1000 + 140, 1163, 4_000),
    ]
    purse = await books.purse(winner)
    assert (purse.paid, purse.prize, purse.spendable) == (0, 16_000, 16_000)
    assert purse.basis_micro == 160_000_000
    await books.audit()


async def test_prize_coins_are_spent_before_paid_ones_and_with_their_basis(books: Books) -> None:
    pot, _ = await new_pot(books)
    winner = await books.person(paid=100, promo=10)
    other = await books.person()
    await books.recharge(other, coins=70, cents=99)
    await enter(books, other, pot, 70)
    await close(books, closing(pot, prize(winner, 70), fee=0))

    async with books.database.read() as connection:
        basis = await ledger.next_basis(connection, winner, coins=50, at=NOON)
    assert (basis.promo, basis.prize, basis.paid, basis.micro) == (10, 40, 0, 990_000 * 40 // 70)
    first = await spend_all(books, winner, 50)
    assert (first.promo, first.prize, first.paid, first.micro) == (10, 40, 0, basis.micro)
    second = await spend_all(books, winner, 50)
    assert (second.promo, second.prize, second.paid) == (0, 30, 20)
    assert first.micro + second.micro == 990_000 + 200_000
    await books.audit()


async def test_prize_coins_on_hold_return_when_it_is_voided(books: Books) -> None:
    pot, _ = await new_pot(books)
    winner = await books.person(paid=10)
    await enter(books, winner, pot, 10)
    await close(books, closing(pot, prize(winner, 10), fee=0))
    before = await books.purse(winner)
    async with books.database.work() as connection:
        held = await ledger.hold(connection, books.hold(winner, 7))
    purse = await books.purse(winner)
    assert (held.prize, purse.prize, purse.held_prize) == (7, 3, 7)
    await books.audit()
    async with books.database.work() as connection:
        await ledger.void_hold(connection, account=winner, hold=held.id, act=ids.make(), at=NOON)
    assert await books.purse(winner) == before
    await books.audit()


async def test_a_prize_can_be_put_at_stake_again_and_come_back(books: Books) -> None:
    first, _ = await new_pot(books)
    second, _ = await new_pot(books)
    person = await books.person(paid=30)
    await enter(books, person, first, 20)
    await close(books, closing(first, prize(person, 20), fee=0))
    entry = await enter(books, person, second, 25)
    assert (entry.prize, entry.paid, entry.micro) == (20, 5, 250_000)
    await cancel(books, second)
    assert await ledger.return_cancelled(books.database, at=NOON) == 1
    purse = await books.purse(person)
    assert (purse.prize, purse.paid, purse.basis_micro) == (20, 10, 300_000)
    await books.audit()


async def test_a_pot_is_shared_out_to_the_last_micro(books: Books) -> None:
    """Entrants paid different prices; fee and prizes carry all of it, and never more."""
    pot, _ = await new_pot(books)
    people = [await books.person(promo=cents % 3) for cents in (7, 99, 1)]
    entries = []
    for person, cents in zip(people, (7, 99, 1), strict=True):
        await books.recharge(person, coins=11, cents=cents)
        entries.append(await enter(books, person, pot, 11))
    prizes = [prize(people[0], 13), prize(people[1], 9), prize(people[0], 4)]
    closed = await close(books, closing(pot, *prizes, fee=7))
    shared = closed.fee_micro + sum(award.micro for award in closed.awards)
    assert shared == sum(entry.micro for entry in entries)
    assert (await books.purse(people[0])).prize == 17
    await books.audit()


async def test_a_cancelled_event_returns_every_entry_to_its_lots(
    books: Books, committer: Committer
) -> None:
    """Gifts were sent between entry and cancel; afterwards every lot has what was not spent."""
    pot, _ = await new_pot(books)
    people = []
    for cents in (300, 250, 10):
        person = await books.person(promo=50)
        await books.recharge(person, coins=200, cents=cents)
        await books.recharge(person, coins=100, cents=1)
        people.append(person)
        entry = await enter(books, person, pot, 200)
        assert (entry.promo, entry.paid) == (50, 150)
        await committer.spend(books.gift(person, 100))
    await cancel(books, pot)
    await cancel(books, pot)
    with pytest.raises(PotEnded) as ended:
        await enter(books, people[0], pot, 1)
    assert ended.value.state == "cancelled"
    with pytest.raises(PotEnded):
        await close(books, closing(pot, fee=600))
    await books.audit()

    assert await ledger.return_cancelled(books.database, at=NOON) >= 3
    assert await ledger.return_cancelled(books.database, at=NOON) == 0
    for person, cents in zip(people, (300, 250, 10), strict=True):
        purse = await books.purse(person)
        assert (purse.promo, purse.paid) == (50, 200)
        # 50 coins of each lot are gone.
        gone = cents * 10_000 * 50 // 200 + 10_000 * 50 // 100
        assert abs(cents * 10_000 + 10_000 - gone - purse.basis_micro) <= 1
        spent = await spend_all(books, person, 250)
        assert spent.micro == purse.basis_micro
    await books.audit()


async def test_somebody_can_leave_before_it_is_decided(books: Books) -> None:
    pot, _ = await new_pot(books)
    person = await books.person(paid=200)
    entry = await enter(books, person, pot)
    order = EscrowReturn(
        id=ids.make(), account=person, escrow=entry.id, key="leave", body=b"", at=NOON
    )
    async with books.database.work() as connection:
        await ledger.return_escrow(connection, order)
    closed = await close(books, closing(pot, fee=0))
    assert (closed.coins, closed.awards) == (0, ())
    await books.audit()


async def test_a_pot_is_closed_once(books: Books) -> None:
    pot, party = await new_pot(books)
    person = await books.person(paid=200)
    entry = await enter(books, person, pot)
    order = closing(pot, prize(person, 150), fee=50)
    first = await close(books, order)
    state = await books.digest()
    again = await close(books, order)
    assert (again.coins, again.fee_micro, again.awards) == (
        first.coins, first.fee_micro, first.awards,
    )  # fmt: skip
    assert (first.replayed, again.replayed) == (False, True)
    with pytest.raises(IdempotencyConflict):
        await close(books, closing(pot, fee=200, body=b"other"))
    for late in (close(books, closing(pot, fee=200, key="two")), cancel(books, pot, key="two")):
        with pytest.raises(PotEnded) as ended:
            await late
        assert ended.value.state == "closed"
    with pytest.raises(PotEnded):
        await enter(books, person, pot, 1)
    leave = EscrowReturn(
        id=ids.make(), account=person, escrow=entry.id, key="leave", body=b"", at=NOON
    )
    with pytest.raises(EscrowSpent):
        async with books.database.work() as connection:
            await ledger.return_escrow(connection, leave)
    assert await books.digest() == state
    left = await books.rows(
        "select sum(case when credit = %s then amount else -amount end)::int"
        " from ledger.transfers where %s in (debit, credit)",
        party * 1000 + 140,
        party * 1000 + 140,
    )
    assert left == [(0,)]
    await books.audit()


async def test_a_pot_that_would_not_come_out_even_is_refused(books: Books) -> None:
    pot, _ = await new_pot(books)
    person = await books.person(paid=200)
    await enter(books, person, pot)
    state = await books.digest()
    for order in (
        closing(pot, prize(person, 150), fee=49),
        closing(pot, prize(person, 150), fee=51),
        closing(pot, fee=0),
    ):
        with pytest.raises(PotNotSharedOut) as refused:
            await close(books, order)
        assert refused.value.coins == 200
    with pytest.raises(NotFound):
        await close(books, closing(pot, prize(999, 200), fee=0))
    with pytest.raises(EscrowNotFound):
        await close(books, closing(ids.make(), fee=0))
    with pytest.raises(EscrowNotFound):
        await enter(books, person, ids.make())
    assert await books.digest() == state


async def test_a_pot_has_one_currency(books: Books) -> None:
    pot, _ = await new_pot(books, currency="EUR")
    person = await books.person(paid=200)
    state = await books.digest()
    with pytest.raises(CurrencyMismatch):
        await enter(books, person, pot)
    assert await books.digest() == state


async def test_a_prize_with_cash_value_becomes_diamonds(books: Books) -> None:
    """Journal J10, last line: off unless the law allows it and the caller says so."""
    pot, party = await new_pot(books)
    entrant, winner = await books.person(paid=200), await books.person()
    await enter(books, entrant, pot)
    closed = await close(books, closing(pot, prize(winner, 160, diamonds=160), fee=40))
    assert [(award.diamonds, award.micro) for award in closed.awards] == [(160, 1_600_000)]
    legs = await books.rows(
        "select debit, credit, amount from ledger.transfers where account = %s order by seq, leg",
        party,
    )
    assert legs == [
        (party * 1000 + 140, 1163, 40),
        (party * 1000 + 140, 1164, 160),
        (1254, winner * 1000 + 200, 160),
    ]
    for _ in range(3):
        await ledger.roll_up(books.database)
    async with books.database.read() as connection:
        assert await ledger.pending_diamonds(connection, winner) == 160
    await books.audit()


async def test_entries_and_the_close_at_once_leave_no_coin_behind(books: Books) -> None:
    pot, _ = await new_pot(books)
    people = [await books.person(paid=10) for _ in range(20)]
    for person in people[:10]:
        await enter(books, person, pot, 10)
    outcomes = await asyncio.gather(
        *(enter(books, person, pot, 10) for person in people[10:]),
        *(close(books, closing(pot, fee=coins)) for coins in (100, 110, 120)),
        *(cancel(books, pot, key="late") for _ in range(2)),
        return_exceptions=True,
    )
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            assert isinstance(outcome, PotEnded | PotNotSharedOut | RequestInProgress), outcome
    with contextlib.suppress(PotEnded):
        await cancel(books, pot, key="last")
    await ledger.return_cancelled(books.database, at=NOON)
    await books.audit()
    ended = await books.rows("select state from ledger.pot where id = %s", pot)
    assert ended[0][0] in (1, 2)
    left = await books.rows(
        "select count(*) from ledger.escrow e join ledger.pot p on p.party = e.holder"
        " where p.id = %s and e.state = 0",
        pot,
    )
    assert left == [(0,)]


async def test_twenty_who_take_an_entry_back_at_once_take_it_once(books: Books) -> None:
    pot, _ = await new_pot(books)
    person = await books.person(paid=10)
    entry = await enter(books, person, pot, 10)

    async def leave(number: int) -> None:
        order = EscrowReturn(
            id=ids.make(), account=person, escrow=entry.id, key=f"{number}", body=b"", at=NOON
        )
        async with books.database.work() as connection:
            await ledger.return_escrow(connection, order)

    outcomes = await asyncio.gather(
        *(leave(number) for number in range(20)), return_exceptions=True
    )
    assert outcomes.count(None) == 1
    refused = EscrowReturnedAlready | RequestInProgress
    assert all(isinstance(one, refused) for one in outcomes if one is not None)
    assert (await books.purse(person)).paid == 10
    await books.audit()
