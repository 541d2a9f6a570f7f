"""The tables refuse by themselves what only a mistake of ours could write."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from largesse.kernel import ids
from largesse.ledger import Kind, Shape
from tests.ledger.conftest import CREATOR, NOON, Books


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def account(books: Books) -> int:
    """Somebody with ten paid coins and five promo coins."""
    return await books.person(paid=10, promo=5, expires=NOON)


async def copied(books: Books, table: str, owner: int, **wrong: Any) -> None:
    """A row of somebody's again, as another one, with something in it that is different."""
    async with books.database.work() as connection:
        await connection.execute(
            f"insert into ledger.{table} select (jsonb_populate_record(t, %s::jsonb)).*"
            f" from ledger.{table} t where account = %s limit 1",
            (json.dumps(wrong, default=str), owner),
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"paid": -1},
        {"promo": -1},
        {"prize": -1},
        {"micro": -1},
        {"tax_micro": -1},
        {"fee_micro": -1},
        {"paid": 0, "promo": 0},
        {"diamonds": -1},
        {"diamonds": 5, "party": CREATOR, "shape": Shape.CREDIT},
        {"diamonds": 5, "party": CREATOR, "shape": Shape.HOLD},
        {"diamonds": 5, "party": None, "shape": Shape.SPEND, "kind": Kind.GIFT},
        {"shape": 12},
        {"shape": -1},
        {"shape": Shape.ESCROW, "party": None},
        {"count": 0},
        {"rate": -1},
    ],
    ids=str,
)
async def test_no_act_takes_less_than_nothing_or_pays_nobody(
    books: Books, account: int, wrong: dict[str, Any]
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await copied(books, "journal", account, seq=10**9, key=ids.make(), **wrong)


async def test_an_act_that_is_right_is_taken_and_its_key_but_once(books: Books) -> None:
    person, key = await books.person(paid=1), ids.make()
    await copied(books, "journal", person, seq=10**9, key=key, shape=Shape.OTHER)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await copied(books, "journal", person, seq=10**9 + 1, key=key, shape=Shape.OTHER)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await copied(books, "journal", person, seq=10**9, key=ids.make(), shape=Shape.OTHER)


@pytest.mark.parametrize(
    "wrong", [{"amount": 0}, {"amount": -1}, {"debit": 1400, "credit": 1400}, {"leg": 9}], ids=str
)
async def test_a_leg_moves_something_from_one_account_to_another(
    books: Books, account: int, wrong: dict[str, Any]
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await copied(books, "transfer", account, **{"leg": 99} | wrong)


@pytest.mark.parametrize("table", ["transfer", "lot"])
async def test_nothing_is_of_an_act_that_is_not_there(
    books: Books, account: int, table: str
) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await copied(
            books, table, account, seq=10**12, **({"id": ids.make()} if table == "lot" else {})
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"pool": 1, "coins": 0},
        {"pool": 1, "coins": 3_000_000_001},
        {"pool": 1, "micro": 10, "tax_micro": 11},
        {"pool": 1, "tax_micro": -1},
        {"pool": 1, "fee_micro": -1},
        {"pool": 1, "micro": -1, "tax_micro": 0},
        {"pool": 2, "micro": 1, "tax_micro": 0},
        {"pool": 4, "micro": 0, "tax_micro": 0},
    ],
    ids=str,
)
async def test_a_lot_cost_what_its_tax_is_a_part_of_and_a_grant_nothing(
    books: Books, account: int, wrong: dict[str, Any]
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await copied(books, "lot", account, id=ids.make(), **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"held_paid": -1},
        {"held_promo": -1},
        {"held_prize": -1},
        {"held_prize": 1},
        {"prize_out": 1},
        {"debt": -1},
        {"day_spent": -1},
        {"week_spent": -1},
        {"month_spent": -1},
        {"frozen": True},
        {"frozen_for": 4},
    ],
    ids=str,
)
async def test_a_purse_holds_counts_and_owes_nothing_below_nothing(
    books: Books, account: int, wrong: dict[str, Any]
) -> None:
    """And it is frozen for a reason, or not at all."""
    with pytest.raises(psycopg.errors.CheckViolation):
        await copied(books, "purse", account, account=account + 10**9, **wrong)
