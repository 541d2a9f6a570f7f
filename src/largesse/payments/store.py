"""All SQL about notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from largesse.kernel.database import Connection


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A notice as it lies in the inbox."""

    id: UUID
    provider: str
    event: str | None
    reference: str | None
    verdict: str
    reason: str
    body: bytes
    at: datetime


async def insert_notice(
    connection: Connection,
    *,
    notice: UUID,
    provider: str,
    event: str,
    reference: str,
    headers: dict[str, str],
    body: bytes,
    at: datetime,
) -> bool:
    """Keep a genuine notice; False when this event was kept before."""
    inserted = await connection.execute(
        "insert into notice (id, provider, event, reference, headers, body, at, verdict)"
        " values (%s, %s, %s, %s, %s, %s, %s, 'accepted')"
        " on conflict (provider, event) do nothing",
        (notice, provider, event, reference[:200], Jsonb(headers), body, at),
    )
    return inserted.rowcount == 1


async def kept_events(
    connection: Connection, *, provider: str, events: Sequence[str]
) -> frozenset[str]:
    """Which of these events lie in the inbox."""
    rows = await connection.execute(
        "select event from notice where provider = %s and event = any (%s)",
        (provider, list(events)),
    )
    return frozenset(row[0] for row in await rows.fetchall())


async def insert_refused(
    connection: Connection,
    *,
    notice: UUID,
    provider: str,
    headers: dict[str, str],
    body: bytes,
    at: datetime,
    hourly_max: int,
) -> None:
    """Keep a refused notice unless the hour's share is used up."""
    await connection.execute(
        "insert into notice (id, provider, headers, body, at, verdict)"
        " select %s, %s, %s, %s, %s, 'refused' where (select count(*) from"
        " (select from notice where verdict = 'refused' and at > %s limit %s) recent) < %s",
        (
            notice,
            provider,
            Jsonb(headers),
            body,
            at,
            at - timedelta(hours=1),
            hourly_max,
            hourly_max,
        ),
    )


async def mark_notice(connection: Connection, *, notice: UUID, verdict: str, reason: str) -> None:
    """Write a notice's verdict beside it."""
    await connection.execute(
        "update notice set verdict = %s, reason = %s where id = %s", (verdict, reason, notice)
    )


async def notices(connection: Connection, *, verdict: str, limit: int) -> list[KeptNotice]:
    """The newest notices with this verdict."""
    async with connection.cursor(row_factory=class_row(KeptNotice)) as cursor:
        await cursor.execute(
            "select id, provider, event, reference, verdict, reason, body, at from notice"
            " where verdict = %s order by at desc, id desc limit %s",
            (verdict, limit),
        )
        return await cursor.fetchall()


async def notices_about(connection: Connection, *, reference: str) -> list[KeptNotice]:
    """Every genuine notice about an order, oldest first."""
    async with connection.cursor(row_factory=class_row(KeptNotice)) as cursor:
        await cursor.execute(
            "select id, provider, event, reference, verdict, reason, body, at from notice"
            " where reference = %s order by at, id",
            (reference,),
        )
        return await cursor.fetchall()
