"""All SQL of what creators have available."""

from __future__ import annotations

from datetime import datetime

from largesse.kernel.database import Connection
from largesse.ledger.errors import guarded


async def lock_creator(connection: Connection, creator: int) -> None:
    """Lock the creator's row, making it if needed."""
    await connection.execute(
        "insert into ledger.creator (account) values (%s) on conflict (account) do nothing",
        (creator,),
    )
    await connection.execute(
        "select 1 from ledger.creator where account = %s for update", (creator,)
    )


async def ripen(connection: Connection, *, creator: int, earned_until: datetime) -> int:
    """Mark the hours matured whose youngest act is old enough; returns their diamonds.

    An hour to which an old act is added later ripens again, by the difference.
    """
    cursor = await connection.execute(
        "with ripe as (select party, hour, diamonds - matured as diamonds from ledger.earned"
        "   where party = %s and latest <= %s and diamonds > matured for update),"
        " marked as (update ledger.earned e set matured = e.matured + r.diamonds from ripe r"
        "   where e.party = r.party and e.hour = r.hour)"
        " select coalesce(sum(diamonds), 0)::bigint from ripe",
        (creator, earned_until),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


@guarded
async def make_available(connection: Connection, *, creator: int, diamonds: int) -> None:
    """Raise what can be withdrawn."""
    await connection.execute(
        "update ledger.creator set available = available + %s where account = %s",
        (diamonds, creator),
    )


async def matured(connection: Connection, creator: int) -> tuple[int, int, int]:
    """Diamonds that can be withdrawn, are being withdrawn, and were paid out."""
    cursor = await connection.execute(
        "select available, withdrawing, redeemed from ledger.creator where account = %s",
        (creator,),
    )
    row = await cursor.fetchone()
    return (0, 0, 0) if row is None else (row[0], row[1], row[2])


async def with_ripe(connection: Connection, *, earned_until: datetime) -> list[int]:
    """Creators who have hours that are old enough to mature."""
    cursor = await connection.execute(
        "select distinct party from ledger.earned where diamonds > matured and latest <= %s"
        " order by party",
        (earned_until,),
    )
    return [creator for (creator,) in await cursor.fetchall()]
