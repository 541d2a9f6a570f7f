"""All SQL of what creators have available."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from largesse.kernel.database import Connection


@dataclass(frozen=True, slots=True)
class Ripe:
    """Diamonds whose window is over, and the journal up to which that is all."""

    diamonds: int
    upto: int


async def lock_creator(connection: Connection, creator: int) -> int:
    """Lock the creator's row, making it if needed; returns where maturation stands."""
    await connection.execute(
        "insert into ledger.creator (account) values (%s) on conflict (account) do nothing",
        (creator,),
    )
    cursor = await connection.execute(
        "select matured_seq from ledger.creator where account = %s for update", (creator,)
    )
    row = await cursor.fetchone()
    assert row is not None
    matured_seq: int = row[0]
    return matured_seq


async def ripe(connection: Connection, *, creator: int, after: int, earned_until: datetime) -> Ripe:
    """What lies between the last maturation and the first journal that is still too young."""
    cursor = await connection.execute(
        "with settled as (select j.seq, j.at, j.diamonds from ledger.journal j, ledger.horizon h"
        "   where j.party = %(creator)s and j.seq > %(after)s and j.seq <= h.folded),"
        " young as (select min(seq) as seq from settled where at > %(until)s)"
        " select coalesce(sum(s.diamonds), 0)::bigint, coalesce(max(s.seq), %(after)s)"
        " from settled s, young y where y.seq is null or s.seq < y.seq",
        {"creator": creator, "after": after, "until": earned_until},
    )
    row = await cursor.fetchone()
    assert row is not None
    diamonds, upto = row
    return Ripe(diamonds, upto)


async def make_available(
    connection: Connection, *, creator: int, diamonds: int, matured_seq: int
) -> None:
    """Raise what can be withdrawn, and remember how far that went."""
    await connection.execute(
        "update ledger.creator set available = available + %s, matured_seq = %s where account = %s",
        (diamonds, matured_seq, creator),
    )


async def matured(connection: Connection, creator: int) -> tuple[int, int, int]:
    """Diamonds that can be withdrawn, are being withdrawn, and were paid out."""
    cursor = await connection.execute(
        "select available, withdrawing, redeemed from ledger.creator where account = %s",
        (creator,),
    )
    row = await cursor.fetchone()
    return (0, 0, 0) if row is None else (row[0], row[1], row[2])


async def with_pending(connection: Connection) -> list[int]:
    """Creators who have pending diamonds below the horizon."""
    cursor = await connection.execute(
        "select account / 1000 from ledger.snapshot"
        " where asset = 2 and account %% 1000 = 200 and credits > debits order by account",
        (),
    )
    return [creator for (creator,) in await cursor.fetchall()]
