"""Run the audit's checks and counts."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from psycopg import DataError
from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.audit_walks_store import Check, Survey, Walk

ACCOUNT_MIN = -(2**63)
ACCOUNT_MAX = 2**63 - 1


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
class Surveyed:
    """What a survey found, and the rows of its figures by their names."""

    findings: list[Finding]
    figures: dict[str, list[list[int]]]


@dataclass(frozen=True, slots=True)
class Coins:
    """What people have, owe, and have put in escrow."""

    debt: int
    outstanding: int
    escrowed: int


async def begin(connection: Connection) -> None:
    """Look at one moment of the books, for as long as it takes, and change nothing.

    One processor and bounded memory: gifts go on meanwhile.
    """
    await connection.execute(
        "set transaction isolation level repeatable read read only;"
        " set local statement_timeout = 0; set local work_mem = '32MB';"
        " set local max_parallel_workers_per_gather = 0; set local plan_cache_mode = force_custom_plan"
    )


async def walk_by_index(connection: Connection, *, on: bool) -> None:
    """Whether a step of a few purses may read the whole journal, as stale statistics would have it."""
    await connection.execute(f"set local enable_seqscan = {'off' if on else 'on'}")


async def first_wrong(
    connection: Connection, check: Check, step: Step | None = None
) -> Finding | None:
    """The first row that breaks a law, among these purses or all."""
    try:
        async with connection.transaction():
            cursor = await connection.execute(check.wrong, _bounds(step))
            row = await cursor.fetchone()
    except DataError as error:
        return _beyond_reckoning(check.name, step, error)
    return Finding(check.name, *row) if row is not None else None


async def first_wrongs(
    connection: Connection, walk: Walk, step: Step, *, known: Container[str]
) -> list[Finding]:
    """The first rows that break the laws of a walk, but for those laws that are known to be broken."""
    # Both sides of its joins are long: a plan that begins anew for every row would never end.
    await connection.execute("set local enable_nestloop = off")
    try:
        async with connection.transaction():
            cursor = await connection.execute(walk.any_wrong, _bounds(step))
            wrong = await cursor.fetchone() is not None
    except DataError as error:
        found: list[Finding | None] = [_beyond_reckoning(walk.rules[0].name, step, error)]
    else:
        broken = [check for check in walk.checks if wrong and check.name not in known]
        found = [await first_wrong(connection, check, step) for check in broken]
    await connection.execute("set local enable_nestloop = on")
    return [finding for finding in found if finding is not None]


async def surveyed(connection: Connection, survey: Survey) -> Surveyed:
    """The first rows that break the laws of a survey, and its figures if they can be reckoned."""
    figures: dict[str, list[list[int]]] = {figure.name: [] for figure in survey.figures}
    try:
        async with connection.transaction():
            cursor = await connection.execute(survey.all_at_once)
            rows = await cursor.fetchall()
    except DataError:
        found = [await first_wrong(connection, check) for check in survey.checks]
        return Surveyed([finding for finding in found if finding is not None], figures)
    findings = []
    for name, account, seq, detail, numbers in rows:
        if numbers is None:
            findings.append(Finding(name, account, seq, detail))
        else:
            figures[name].append(numbers)
    return Surveyed(findings, figures)


def _bounds(step: Step | None) -> dict[str, int] | None:
    return {"first": step.first, "last": step.last} if step is not None else None


def _beyond_reckoning(law: str, step: Step | None, error: DataError) -> Finding:
    """A number so large that the law cannot be reckoned is wrong in itself."""
    among = "" if step is None else f" among accounts {step.first} to {step.last}"
    return Finding(law, None, None, f"a number is too large{among}: {error}")


async def count_purses(connection: Connection) -> int:
    """How many purses there are."""
    return await _number(connection, "select count(*) from ledger.purse")


async def next_purses(connection: Connection, *, after: int | None, limit: int) -> Step | None:
    """The next purses by account number, and every account between: steps leave no account out."""
    first = ACCOUNT_MIN if after is None else after + 1
    if after == ACCOUNT_MAX:
        return None
    cursor = await connection.execute(
        "select max(account), count(*) from (select account from ledger.purse"
        " where account >= %s order by account limit %s) x",
        (first, limit),
    )
    row = await cursor.fetchone()
    assert row is not None
    last, count = row
    return Step(first, last if count == limit else ACCOUNT_MAX, count)


async def account_of(connection: Connection, number: int) -> int | None:
    """Whose purse a journal moved."""
    cursor = await connection.execute(
        "select account from ledger.journal where seq = %s limit 1", (number,)
    )
    row = await cursor.fetchone()
    return None if row is None else int(row[0])


async def coins(connection: Connection) -> Coins:
    """All coins that somebody has, owes or has put aside."""
    async with connection.cursor(row_factory=class_row(Coins)) as cursor:
        await cursor.execute(
            "select coalesce(sum(debt), 0)::bigint as debt,"
            " coalesce(sum(paid_in - paid_out + promo_in - promo_out + prize_in - prize_out), 0)::bigint as outstanding,"
            " (select coalesce(sum(promo + prize + paid - used), 0)::bigint from ledger.escrow) as escrowed"
            " from ledger.purse"
        )
        row = await cursor.fetchone()
        assert row is not None
        return row


async def _number(connection: Connection, query: str, values: dict[str, int] | None = None) -> int:
    cursor = await connection.execute(query, values)
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])
