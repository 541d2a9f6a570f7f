from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from psycopg import errors as pg

from largesse.kernel import ids
from largesse.kernel.errors import RequestInProgress
from largesse.ledger import (
    HistoryIsFinal,
    InsufficientCoins,
    InsufficientDiamonds,
    Kind,
    Shape,
    creator_store,
    store,
)
from largesse.ledger.errors import REFUSALS, guarded, refusal_of
from largesse.ledger.rules import digest
from largesse.ledger.store import JournalRow, PurseRow
from tests.ledger.conftest import CREATOR, NOON, Books

# What PostgreSQL calls a constraint that nobody named.
_NAMED_BY_ITSELF = r"_(check|key|pkey|fkey|excl|not_null)\d*$"


async def test_every_constraint_that_has_a_name_of_its_own_has_its_refusal(books: Books) -> None:
    """And every refusal has its constraint, or is an SQLSTATE that our own functions raise."""
    named = await books.rows(
        "select c.conname from pg_constraint c join pg_namespace n on n.oid = c.connamespace"
        " where n.nspname = 'ledger' and c.conname !~ %s",
        _NAMED_BY_ITSELF,
    )
    raised = await books.rows(
        "select distinct m[1] from pg_proc p join pg_namespace n on n.oid = p.pronamespace,"
        " regexp_matches(p.prosrc, 'errcode = ''(LG\\d{3})''', 'g') m"
        " where n.nspname in ('ledger', 'public')"
    )
    assert {name for (name,) in [*named, *raised]} == set(REFUSALS)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda purse: replace(purse, paid_out=purse.paid_in + 1),
        lambda purse: replace(purse, held_paid=purse.paid_in + 1),
        lambda purse: replace(purse, promo_out=purse.promo_in + 1),
        lambda purse: replace(purse, held_promo=purse.promo_in + 1),
    ],
    ids=["paid", "held paid", "promo", "held promo"],
)
async def test_a_purse_below_its_floor_is_refused_by_the_table_itself(
    books: Books, wrong: object
) -> None:
    assert callable(wrong)
    account = await books.person(paid=10, promo=5)
    before = await books.digest()
    with pytest.raises(InsufficientCoins):
        async with books.database.work() as connection:
            await store.write_purse(connection, wrong(await _purse(books, account)))
    assert await books.digest() == before


async def test_diamonds_below_their_floor_are_refused_by_the_table_itself(books: Books) -> None:
    with pytest.raises(InsufficientDiamonds):
        async with books.database.work() as connection:
            await creator_store.lock_creator(connection, CREATOR)
            await creator_store.move(connection, creator=CREATOR, available=-1)


async def test_a_key_that_another_act_just_took_is_still_in_progress(books: Books) -> None:
    account = await books.person()

    async def act() -> None:
        async with books.database.work() as connection:
            row = JournalRow(
                account=account, seq=await store.next_seq(connection), id=ids.make(), at=NOON,
                key=digest(b"once"), body=digest(b""), kind=Kind.PROVIDER_FEE, shape=Shape.OTHER,
                balance=0,
            )  # fmt: skip
            await store.add_journal(connection, row)

    await act()
    before = await books.digest()
    with pytest.raises(RequestInProgress):
        await act()
    assert await books.digest() == before


async def test_history_says_that_it_is_final(books: Books) -> None:
    await books.person(paid=10)

    @guarded
    async def rewrite() -> None:
        async with await psycopg.AsyncConnection.connect(books.urls.owner) as connection:
            await connection.execute("update ledger.journal set micro = 0")

    with pytest.raises(HistoryIsFinal):
        await rewrite()


async def test_our_own_mistake_is_no_refusal(books: Books) -> None:
    account = await books.person(paid=10)
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        async with books.database.work() as connection:
            await store.write_purse(connection, replace(await _purse(books, account), held_paid=-1))
    assert refusal_of(caught.value) is None


async def _purse(books: Books, account: int) -> PurseRow:
    async with books.database.read() as connection:
        found = await store.purse_row(connection, account)
    assert found is not None
    return found


@pytest.mark.parametrize("pool", ["paid", "promo", "prize"])
async def test_no_purse_can_promise_more_than_it_has(books: Books, pool: str) -> None:
    """The floor counts what is on hold: the table itself refuses one coin too many."""
    account = await books.person(paid=5, promo=5)
    with pytest.raises(pg.CheckViolation) as refused:
        books.owner(
            f"update ledger.purse set held_{pool} = {pool}_in - {pool}_out + 1 where account = {account}"
        )
    assert refused.value.diag.constraint_name == f"purse_{pool}_floor"
