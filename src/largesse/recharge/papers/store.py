"""All SQL of receipts and credit notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from largesse.kernel.database import Connection
from largesse.recharge.paper import Facts, Issuer, Kind, number_text

_PAPER = "id, kind, recharge, corrects, account, facts, issuer, series, year, number"


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper before it has its number. `cause` is the recharge, or the refund of it."""

    id: UUID
    kind: Kind
    recharge: UUID
    cause: UUID
    corrects: UUID | None
    account: int
    seq: int
    at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper; `number` is as printed. It is empty, and nobody gave it out, until it has one."""

    id: UUID
    kind: Kind
    recharge: UUID
    corrects: UUID | None
    account: int
    facts: Facts
    issuer: Issuer | None
    number: str


async def buyer_and_method(
    connection: Connection, *, person: UUID, country: str, method: str
) -> tuple[str, str]:
    """What a buyer and a way to pay are called, in one look: this is on the way of every credit."""
    rows = await connection.execute(
        "select coalesce((select name from person where id = %(person)s), ''),"
        " coalesce((select name from payment_method where code = %(method)s"
        " order by country = %(country)s desc, rank limit 1), %(method)s)",
        {"person": person, "country": country, "method": method},
    )
    row = await rows.fetchone()
    assert row is not None
    return str(row[0]), str(row[1])


async def insert(connection: Connection, paper: NewPaper) -> None:
    """Write a paper down, once a cause."""
    await connection.execute(
        "insert into paper (id, kind, recharge, cause, corrects, account, seq, at, facts)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (cause) do nothing",
        (
            paper.id,
            str(paper.kind),
            paper.recharge,
            paper.cause,
            paper.corrects,
            paper.account,
            paper.seq,
            paper.at,
            Jsonb(msgspec.to_builtins(paper.facts)),
        ),
    )


async def number(connection: Connection, *, issuer: Issuer, limit: int) -> list[PaperRow]:
    """Give papers that have none their numbers, in the order of the books.

    A series counts on by as many as are numbered with it, in the same statement: numbers have no
    gap and no double, whoever crashes. Who comes at the same time waits, and finds none of them.
    """
    return await _many(
        connection,
        "with due as (select id, %(series)s::text as series, kind, seq,"
        " extract(year from at at time zone 'UTC')::smallint as year"
        " from paper where number is null order by seq, id limit %(limit)s for update),"
        " counted as (insert into paper_series as s (series, kind, year, last)"
        " select series, kind, year, count(*) from due group by 1, 2, 3 order by 1, 2, 3"
        " on conflict (series, kind, year) do update set last = s.last + excluded.last"
        " returning series, kind, year, last),"
        " placed as (select id, series, kind, year,"
        " row_number() over (partition by series, kind, year order by seq desc, id desc) - 1"
        " as before_last from due),"
        " numbers as (select id, series, year, (last - before_last)::integer as number"
        " from placed join counted using (series, kind, year)),"
        " numbered as (update paper p set issuer = %(issuer)s, series = n.series, year = n.year,"
        " number = n.number from numbers n"
        f" where p.id = n.id returning {_of('p')})"
        f" select {_PAPER} from numbered order by kind desc, series, year, number",
        {
            "limit": limit,
            "series": issuer.series,
            "issuer": Jsonb(msgspec.to_builtins(issuer)),
        },
    )


async def by_id(connection: Connection, *, paper: UUID) -> PaperRow | None:
    """One paper."""
    found = await _many(
        connection, f"select {_PAPER} from paper where id = %(paper)s", {"paper": paper}
    )
    return found[0] if found else None


async def of_recharges(
    connection: Connection, *, recharges: Sequence[UUID]
) -> dict[UUID, list[PaperRow]]:
    """The papers of some orders, the receipt first."""
    found: dict[UUID, list[PaperRow]] = {recharge: [] for recharge in recharges}
    rows = await _many(
        connection,
        f"select {_PAPER} from paper where recharge = any (%(recharges)s)"
        " order by corrects is not null, seq, id",
        {"recharges": list(recharges)},
    )
    for row in rows:
        found[row.recharge].append(row)
    return found


async def _many(connection: Connection, query: str, values: dict[str, Any]) -> list[PaperRow]:
    async with connection.cursor(row_factory=kwargs_row(_paper)) as cursor:
        await cursor.execute(query.encode(), values)
        return await cursor.fetchall()


def _of(table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in _PAPER.split(", "))


def _paper(**row: Any) -> PaperRow:
    shown = ""
    if row["number"] is not None:
        shown = number_text(
            series=row["series"], kind=row["kind"], year=row["year"], number=row["number"]
        )
    return PaperRow(
        id=row["id"],
        kind=Kind(row["kind"]),
        recharge=row["recharge"],
        corrects=row["corrects"],
        account=row["account"],
        facts=msgspec.convert(row["facts"], Facts),
        issuer=None if row["issuer"] is None else msgspec.convert(row["issuer"], Issuer),
        number=shown,
    )
