"""All SQL of what creators have available."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.errors import guarded


@dataclass(frozen=True, slots=True)
class CreatorRow:
    """A creator's diamonds that have matured, and what is owed after a clawback."""

    available: int
    withdrawing: int
    redeemed: int
    debt: int


async def lock_creator(connection: Connection, creator: int) -> CreatorRow:
    """Lock the creator's row, making it if needed."""
    await connection.execute(
        "insert into ledger.creator (account) values (%s) on conflict (account) do nothing",
        (creator,),
    )
    async with connection.cursor(row_factory=class_row(CreatorRow)) as cursor:
        await cursor.execute(
            "select available, withdrawing, redeemed, debt from ledger.creator"
            " where account = %s for update",
            (creator,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


async def ripen(connection: Connection, *, creator: int, earned_until: datetime) -> int:
    """Mark the hours matured whose youngest act is old enough; returns their diamonds.

    An hour to which an old act is added later ripens again, by the difference.
    """
    cursor = await connection.execute(
        "with ripe as (select party, hour, diamonds - matured - clawed as diamonds"
        "   from ledger.earned where party = %s and latest <= %s and diamonds > matured + clawed"
        "   order by hour for update),"
        " marked as (update ledger.earned e set matured = e.matured + r.diamonds from ripe r"
        "   where e.party = r.party and e.hour = r.hour)"
        " select coalesce(sum(diamonds), 0)::bigint from ripe",
        (creator, earned_until),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


@guarded
async def move(
    connection: Connection,
    *,
    creator: int,
    available: int = 0,
    withdrawing: int = 0,
    redeemed: int = 0,
    debt: int = 0,
) -> None:
    """Change what a creator has by so much; the table keeps each from going below zero."""
    await connection.execute(
        "update ledger.creator set available = available + %s, withdrawing = withdrawing + %s,"
        " redeemed = redeemed + %s, debt = debt + %s where account = %s",
        (available, withdrawing, redeemed, debt, creator),
    )


async def pending_by_hour(
    connection: Connection, *, creator: int, hours: Sequence[int]
) -> dict[int, int]:
    """What a creator has pending of some hours: up to the horizon, and above it."""
    cursor = await connection.execute(
        "select w.hour, coalesce(e.diamonds - e.matured - e.clawed, 0) + coalesce(a.diamonds, 0)"
        " from unnest(%s::int[]) w (hour)"
        " left join ledger.earned e on e.party = %s and e.hour = w.hour"
        " left join (select floor(extract(epoch from j.at) / 3600)::int as hour,"
        "   sum(j.diamonds)::bigint as diamonds"
        "   from ledger.horizon h join ledger.journal j on j.seq > h.folded"
        "   where j.party = %s and j.diamonds > 0 group by 1) a on a.hour = w.hour",
        (list(hours), creator, creator),
    )
    return {hour: int(diamonds) for hour, diamonds in await cursor.fetchall()}


async def claw(connection: Connection, *, creator: int, hours: Mapping[int, int]) -> None:
    """Mark diamonds of some hours as clawed back, so that they never mature.

    An hour that the horizon has not reached has no row yet; the fold adds its diamonds.
    """
    for hour, diamonds in sorted(hours.items()):
        await connection.execute(
            "insert into ledger.earned as e (party, hour, latest, diamonds, clawed)"
            " values (%s, %s, to_timestamp(%s::bigint * 3600), 0, %s) on conflict (party, hour)"
            " do update set clawed = e.clawed + excluded.clawed",
            (creator, hour, hour, diamonds),
        )


async def matured(connection: Connection, creator: int) -> CreatorRow:
    """Diamonds that can be withdrawn, are being withdrawn, were paid out, or are owed."""
    async with connection.cursor(row_factory=class_row(CreatorRow)) as cursor:
        await cursor.execute(
            "select available, withdrawing, redeemed, debt from ledger.creator where account = %s",
            (creator,),
        )
        return await cursor.fetchone() or CreatorRow(0, 0, 0, 0)


async def with_ripe(connection: Connection, *, earned_until: datetime) -> list[int]:
    """Creators who have hours that are old enough to mature."""
    cursor = await connection.execute(
        "select distinct party from ledger.earned where diamonds > matured + clawed and latest <= %s"
        " order by party",
        (earned_until,),
    )
    return [creator for (creator,) in await cursor.fetchall()]
