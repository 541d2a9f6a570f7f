"""All SQL of statements and of the trial balance: legs by the moment of their act."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection

# So many lines are in memory at once, however long the statement is; so few that
# working on them keeps nobody waiting who shares the loop.
LINES_A_FETCH = 250


@dataclass(frozen=True, slots=True)
class AssetSums:
    """Both sides of an account in one asset: before a period, and in it."""

    asset: int
    debits_before: int
    credits_before: int
    debits: int
    credits: int


@dataclass(frozen=True, slots=True)
class LegRow:
    """One leg of an account, seen from that account; `counter` is the other side."""

    at: datetime
    journal: UUID
    seq: int
    kind: int
    counter: int
    asset: int
    debit: int
    credit: int


@dataclass(frozen=True, slots=True)
class LineSums:
    """Both sides of one line of the chart; `party` only where it is one of the house's own."""

    asset: int
    code: int
    party: int | None
    debits: int
    credits: int


async def begin(connection: Connection) -> None:
    """Look at one moment of the books, for as long as it takes, and change nothing."""
    await connection.execute("set transaction isolation level repeatable read read only")
    await connection.execute("set local statement_timeout = 0")


# What moves a purse is a journal of that purse, so its legs are found by the primary key; those of
# every other account are found by reading the books once.
_LEGS = " from ledger.transfers t where %(number)s in (t.debit, t.credit) and t.at < %(until)s"


def _legs(owner: int | None) -> str:
    return _LEGS if owner is None else f"{_LEGS} and t.account = %(owner)s"


async def sums(
    connection: Connection,
    *,
    number: int,
    owner: int | None,
    since: datetime | None,
    until: datetime,
) -> list[AssetSums]:
    """What an account got and gave before a period and in it, by asset."""
    async with connection.cursor(row_factory=class_row(AssetSums)) as cursor:
        await cursor.execute(
            "select asset, coalesce(sum(debit) filter (where early), 0)::bigint as debits_before,"
            " coalesce(sum(credit) filter (where early), 0)::bigint as credits_before,"
            " coalesce(sum(debit) filter (where not early), 0)::bigint as debits,"
            " coalesce(sum(credit) filter (where not early), 0)::bigint as credits from"
            " (select t.asset, coalesce(t.at < %(since)s, false) as early,"
            "  case when t.debit = %(number)s then t.amount else 0 end as debit,"
            f"  case when t.credit = %(number)s then t.amount else 0 end as credit {_legs(owner)}) x"
            " group by 1 order by 1",
            {"number": number, "owner": owner, "since": since, "until": until},
        )
        return await cursor.fetchall()


async def legs(
    connection: Connection,
    *,
    number: int,
    owner: int | None,
    since: datetime | None,
    until: datetime,
) -> AsyncGenerator[LegRow, None]:
    """Every leg of an account in a period, by the time of its act; a cursor of the server's."""
    async with connection.cursor(name="statement", row_factory=class_row(LegRow)) as cursor:
        cursor.itersize = LINES_A_FETCH
        await cursor.execute(
            "select t.at, t.id as journal, t.seq, t.kind, t.asset,"
            " case when t.debit = %(number)s then t.credit else t.debit end as counter,"
            " case when t.debit = %(number)s then t.amount else 0 end as debit,"
            f" case when t.credit = %(number)s then t.amount else 0 end as credit {_legs(owner)}"
            " and (%(since)s::timestamptz is null or t.at >= %(since)s)"
            " order by t.at, t.seq, t.account, t.leg",
            {"number": number, "owner": owner, "since": since, "until": until},
        )
        async for row in cursor:
            yield row


async def trial_balance(
    connection: Connection, *, before: datetime, house_parties: int
) -> list[LineSums]:
    """Both sides of every line of the chart that has legs before a moment.

    Parties below `house_parties` are lines of their own; all people are one line a code.
    """
    async with connection.cursor(row_factory=class_row(LineSums)) as cursor:
        await cursor.execute(
            "select t.asset, (side.number %% 1000)::int as code,"
            " case when side.number < %(people)s then side.number / 1000 end as party,"
            " sum(side.debit)::bigint as debits, sum(side.credit)::bigint as credits"
            " from ledger.transfers t cross join lateral (values (t.debit, t.amount, 0::bigint),"
            "   (t.credit, 0::bigint, t.amount)) side (number, debit, credit)"
            " where t.at < %(before)s group by 1, 2, 3 order by 1, 2, 3 nulls last",
            {"before": before, "people": house_parties * 1000},
        )
        return await cursor.fetchall()
