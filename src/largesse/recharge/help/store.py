"""All SQL about how providers answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import class_row

from largesse.kernel.database import Connection

Status = Literal["ok", "degraded", "down"]


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """How a provider answers, and since when: `ok`, `degraded` or `down`."""

    provider: str
    status: Status
    since: datetime


async def health(connection: Connection) -> list[ProviderHealth]:
    """Every provider that ever fell silent."""
    async with connection.cursor(row_factory=class_row(ProviderHealth)) as cursor:
        await cursor.execute(
            "select provider, status, since from provider_health order by provider"
        )
        return await cursor.fetchall()


async def count_failure(
    connection: Connection,
    *,
    provider: str,
    at: datetime,
    since: datetime,
    degraded_after: int,
    down_after: int,
) -> None:
    """Count a silence. Those before `since` are forgotten, unless the provider is unwell still."""
    await connection.execute(
        "with counted as (select case when h.provider is null"
        " or h.status = 'ok' and h.checked_at < %(since)s then 1 else h.failures + 1 end as failures"
        " from (select 1) one left join provider_health h on h.provider = %(provider)s),"
        " judged as (select failures, case when failures >= %(down)s then 'down'"
        " when failures >= %(degraded)s then 'degraded' else 'ok' end as status from counted)"
        " insert into provider_health as h (provider, status, failures, since, checked_at)"
        " select %(provider)s, status, failures, %(at)s, %(at)s from judged"
        " on conflict (provider) do update set failures = excluded.failures,"
        " checked_at = greatest(h.checked_at, excluded.checked_at), status = excluded.status,"
        " since = case when h.status = excluded.status then h.since else excluded.since end",
        {
            "provider": provider,
            "at": at,
            "since": since,
            "degraded": degraded_after,
            "down": down_after,
        },
    )


async def mark_well(connection: Connection, *, provider: str, at: datetime) -> None:
    """A provider answers again."""
    await connection.execute(
        "update provider_health set status = 'ok', failures = 0, since = %(at)s,"
        " checked_at = %(at)s where provider = %(provider)s and status <> 'ok'",
        {"provider": provider, "at": at},
    )


async def methods_of(connection: Connection) -> dict[str, list[str]]:
    """The codes of the ways to pay that each provider carries out somewhere."""
    rows = await connection.execute(
        "select provider, array_agg(distinct code order by code) from payment_method"
        " where is_offered group by provider"
    )
    return dict(await rows.fetchall())
