"""Run the audit's checks and counts."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.audit_laws_store import Check


@dataclass(frozen=True, slots=True)
class Finding:
    """The first wrong row of a check."""

    check: str
    account: int | None
    seq: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Step:
    """A run of purses, by account number."""

    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class Coins:
    """Invariant 9: what was issued, or is owed, is in purses or escrow or has gone somewhere."""

    issued: int
    debt: int
    outstanding: int
    escrowed: int
    gone: int


@dataclass(frozen=True, slots=True)
class LegKind:
    """One side of a leg, with the first journal that has it."""

    number: int
    asset: int
    account: int
    seq: int


async def begin(connection: Connection) -> None:
    """Look at one moment of the books, for as long as it takes, and change nothing."""
    await connection.execute("set transaction isolation level repeatable read read only")
    await connection.execute("set local statement_timeout = 0")
    # To remember the legs of equal rows is dear where hardly two rows are equal.
    await connection.execute("set local enable_memoize = off")


async def first_wrong(
    connection: Connection, check: Check, step: Step | None = None
) -> Finding | None:
    """The first row that breaks a law, among these purses or all."""
    bounds = {"first": step.first, "last": step.last} if step is not None else None
    cursor = await connection.execute(check.wrong, bounds)
    row = await cursor.fetchone()
    return Finding(check.name, *row) if row is not None else None


async def count_purses(connection: Connection) -> int:
    """How many purses there are."""
    return await _number(connection, "select count(*) from ledger.purse")


async def next_purses(connection: Connection, *, after: int | None, limit: int) -> Step | None:
    """The next purses by account number."""
    cursor = await connection.execute(
        "select min(account), max(account), count(*) from (select account from ledger.purse"
        " where account > %s order by account limit %s) x",
        (-(2**63) if after is None else after, limit),
    )
    row = await cursor.fetchone()
    assert row is not None
    first, last, count = row
    return Step(first, last, count) if count else None


async def count_transfers(connection: Connection, step: Step) -> int:
    """How many legs the journals of these purses have."""
    return await _number(
        connection,
        "select (select coalesce(sum((promo > 0)::int + (paid > 0)::int + (prize > 0)::int + (diamonds > 0)::int), 0)"
        " from ledger.journal where account between %(first)s and %(last)s)"
        " + (select count(*) from ledger.transfer where account between %(first)s and %(last)s)",
        {"first": step.first, "last": step.last},
    )


async def count_house_transfers(connection: Connection) -> int:
    """How many legs belong to no purse."""
    return await _number(
        connection,
        "select (select count(*) from ledger.transfer t"
        " where not exists (select from ledger.purse p where p.account = t.account))"
        " + (select coalesce(sum(1 + (j.diamonds > 0)::int), 0) from ledger.pot o"
        " join ledger.journal j on j.account = o.party where j.shape = 9)",
    )


async def count_accounts(connection: Connection) -> int:
    """How many ledger accounts have seen a transfer."""
    return await _number(
        connection,
        "select count(*) from (select debit from ledger.transfers union select credit from ledger.transfers) x",
    )


async def kinds_of_legs(connection: Connection) -> list[LegKind]:
    """Every chart code and asset that occurs, each with its first journal."""
    async with connection.cursor(row_factory=class_row(LegKind)) as cursor:
        await cursor.execute(
            "select first[3] as number, asset, first[2] as account, first[1] as seq from"
            " (select min(array[t.seq, t.account, side.number]) as first, t.asset"
            "  from ledger.transfers t cross join lateral (values (t.debit), (t.credit)) side (number)"
            "  group by side.number % 1000, t.asset) x order by 4"
        )
        return await cursor.fetchall()


async def coins(connection: Connection) -> Coins:
    """Coins issued by the transfers, coins in the purses, and coins that left for good."""
    async with connection.cursor(row_factory=class_row(Coins)) as cursor:
        await cursor.execute(
            "select coalesce(sum(amount) filter (where debit in (1150, 1151)), 0)::bigint as issued,"
            " (select coalesce(sum(debt), 0)::bigint from ledger.purse) as debt,"
            " (select coalesce(sum(paid_in - paid_out + promo_in - promo_out + prize_in - prize_out), 0)::bigint"
            "  from ledger.purse) as outstanding,"
            " (select coalesce(sum(promo + prize + paid - used), 0)::bigint from ledger.escrow) as escrowed,"
            " (coalesce(sum(amount) filter (where credit between 1160 and 1179), 0)"
            "  - coalesce(sum(amount) filter (where debit between 1160 and 1179), 0))::bigint as gone"
            " from ledger.transfers where asset = 1"
        )
        row = await cursor.fetchone()
        assert row is not None
        return row


async def _number(connection: Connection, query: str, values: dict[str, int] | None = None) -> int:
    cursor = await connection.execute(query, values)
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
