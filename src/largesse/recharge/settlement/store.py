"""All SQL of settlement files: what was read, what came of each line, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import Money
from largesse.recharge.settlement.model import Judged, KnownPayment, Sales


@dataclass(frozen=True, slots=True)
class SettlementFile:
    """A file that a provider settled by, with what came of its lines."""

    id: UUID
    provider: str
    name: str
    since: datetime
    until: datetime
    loaded_at: datetime
    done_at: datetime | None
    lines: int
    matched: int
    different: int
    extra: int
    missing: int


@dataclass(frozen=True, slots=True)
class OddLine:
    """A line, or a payment without one, that a person has to look at."""

    number: int | None
    verdict: str
    why: str
    kind: str
    payment: str
    gross: int
    currency: str
    recharge: UUID | None


async def open_file(
    connection: Connection,
    *,
    file: UUID,
    provider: str,
    name: str,
    digest: bytes,
    days: tuple[datetime, datetime],
    at: datetime,
) -> tuple[UUID, bool]:
    """The id of the file with this digest, and whether it was read to its end before."""
    rows = await connection.execute(
        "insert into settlement_file (id, provider, name, digest, since, until, loaded_at)"
        " values (%s, %s, %s, %s, %s, %s, %s)"
        " on conflict (digest) do update set name = settlement_file.name"
        " returning id, done_at is not null",
        (file, provider, name, digest, *days, at),
    )
    row = await rows.fetchone()
    assert row is not None
    return row[0], row[1]


async def unjudged(connection: Connection, *, provider: str, lines: Sequence[str]) -> set[str]:
    """Which of these lines no file has brought yet."""
    rows = await connection.execute(
        "select id from unnest(%s::text[]) id where not exists (select from settlement_line l"
        " where l.provider = %s and l.line = id)",
        (list(lines), provider),
    )
    return {row[0] for row in await rows.fetchall()}


async def known_payments(
    connection: Connection,
    *,
    provider: str,
    payments: Sequence[str],
    recharges: Sequence[UUID],
) -> list[KnownPayment]:
    """The credited payments among these, found by themselves or by their order."""
    rows = await connection.execute(
        "select r.id, p.payment, r.total, r.currency, r.state from recharge_payment p"
        " join recharge r on r.id = p.recharge"
        " where p.provider = %s and (p.payment = any (%s) or p.recharge = any (%s))",
        (provider, list(payments), list(recharges)),
    )
    return [
        KnownPayment(
            recharge=recharge,
            reference=ids.show("rch", recharge),
            payment=payment,
            total=Money(total, currency),
            state=state,
        )
        for recharge, payment, total, currency, state in await rows.fetchall()
    ]


async def add_lines(
    connection: Connection, *, provider: str, file: UUID, judged: Sequence[Judged]
) -> None:
    """Write down what came of some lines; whoever missed them knows now where they are."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into settlement_line (provider, line, file, number, kind, at, payment, gross,"
            " fee, currency, verdict, why, recharge, product)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    provider,
                    one.line.id,
                    file,
                    one.line.number,
                    one.line.kind,
                    one.line.at,
                    one.line.payment,
                    one.line.gross.amount,
                    one.line.fee.amount,
                    one.line.gross.currency,
                    one.verdict,
                    one.why,
                    one.recharge,
                    one.line.product,
                )
                for one in judged
            ],
        )
    await connection.execute(
        "update settlement_missing set found_in = %s where provider = %s and found_in is null"
        " and recharge = any (%s)",
        (file, provider, [one.recharge for one in judged if one.recharge is not None]),
    )


async def close_file(connection: Connection, *, file: UUID, lines: int, at: datetime) -> None:
    """Say that a file was read to its end, and note the payments of its days that it lacks."""
    await connection.execute(
        "insert into settlement_missing (provider, payment, recharge, file)"
        " select p.provider, p.payment, p.recharge, f.id from settlement_file f"
        " join recharge_payment p on p.provider = f.provider and p.at >= f.since and p.at < f.until"
        " join recharge r on r.id = p.recharge"
        " where f.id = %s and not exists (select from settlement_line l where"
        " l.provider = p.provider and l.recharge = p.recharge and l.kind = 'payment')"
        # A store that adds up names no single one.
        " and not exists (select from settlement_line l where l.file = f.id"
        " and l.kind = 'sales' and l.product = r.product)"
        " on conflict do nothing",
        (file,),
    )
    await connection.execute(
        "update settlement_file set done_at = %s, lines = %s where id = %s", (at, lines, file)
    )


async def sold(connection: Connection, *, provider: str, since: datetime, until: datetime) -> Sales:
    """What a store sold in some days, as we have it."""
    rows = await connection.execute(
        "select r.product, r.currency::text, count(*), sum(r.total)::bigint from recharge_payment p"
        " join recharge r on r.id = p.recharge"
        " where p.provider = %s and p.at >= %s and p.at < %s group by 1, 2 order by 1, 2",
        (provider, since, until),
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in await rows.fetchall()}


async def files(
    connection: Connection, *, only: UUID | None = None, before: UUID | None = None, limit: int = 50
) -> list[SettlementFile]:
    """Files with what came of them, the newest first."""
    async with connection.cursor(row_factory=class_row(SettlementFile)) as cursor:
        await cursor.execute(
            "select f.id, provider, name, since, until, loaded_at, done_at, lines,"
            " count(*) filter (where verdict = 'matched') as matched,"
            " count(*) filter (where verdict = 'different') as different,"
            " count(*) filter (where verdict = 'extra') as extra,"
            " (select count(*) from settlement_missing m where m.file = f.id and found_in is null)"
            " as missing from (select * from settlement_file"
            " where (%(only)s::uuid is null or id = %(only)s)"
            " and (%(before)s::uuid is null or id < %(before)s) order by id desc limit %(limit)s) f"
            " left join (select file, verdict from settlement_line) l on l.file = f.id"
            " group by f.id, provider, name, since, until, loaded_at, done_at, lines"
            " order by f.id desc",
            {"only": only, "before": before, "limit": limit},
        )
        return await cursor.fetchall()


async def odd_lines(connection: Connection, *, file: UUID, limit: int) -> list[OddLine]:
    """What a person has to look at in a file, in the order of its lines; what is missing last."""
    async with connection.cursor(row_factory=class_row(OddLine)) as cursor:
        await cursor.execute(
            "select number, verdict, why, kind, payment, gross, currency::text, recharge"
            " from settlement_line where file = %(file)s and verdict <> 'matched'"
            " union all select null, 'missing', '', 'payment', m.payment, r.total,"
            " r.currency::text, r.id from settlement_missing m join recharge r on r.id = m.recharge"
            " where m.file = %(file)s and m.found_in is null"
            " order by number nulls last, payment limit %(limit)s",
            {"file": file, "limit": limit},
        )
        return await cursor.fetchall()
