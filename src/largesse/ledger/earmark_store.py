"""All SQL of earmarks: which coins an open hold is about."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.ledger.claims_model import Cost
from largesse.ledger.earmarks import Earmark
from largesse.ledger.lots import Pool

_MARKS = (
    "select l.pool, e.lot, e.lot_from, e.lot_to from ledger.earmark e"
    " join ledger.lot l on l.account = e.account and l.id = e.lot"
)


async def add_earmarks(
    connection: Connection, *, account: int, hold: UUID, earmarks: Sequence[Earmark]
) -> None:
    """Say which coins a hold is about; that never changes."""
    for mark in earmarks:
        await connection.execute(
            "insert into ledger.earmark (account, hold, lot, lot_from, lot_to)"
            " values (%s, %s, %s, %s, %s)",
            (account, hold, mark.lot, mark.lot_from, mark.lot_to),
        )


async def earmarks_of(connection: Connection, *, account: int, hold: UUID) -> list[Earmark]:
    """Which coins a hold is about."""
    cursor = await connection.execute(
        f"{_MARKS} where e.account = %s and e.hold = %s order by e.lot, e.lot_from", (account, hold)
    )
    return [Earmark(Pool(pool), lot, at, upto) for pool, lot, at, upto in await cursor.fetchall()]


async def open_earmarks(connection: Connection, *, account: int, pool: Pool) -> list[Earmark]:
    """The coins of a pool that open holds are about."""
    cursor = await connection.execute(
        f"{_MARKS} join ledger.hold h on h.account = e.account and h.id = e.hold"
        " where h.account = %s and h.state = 0 and h.kind in (170, 171) and l.pool = %s",
        (account, int(pool)),
    )
    return [Earmark(pool, lot, at, upto) for _, lot, at, upto in await cursor.fetchall()]


async def earmarked(connection: Connection, *, account: int, pool: Pool) -> int:
    """How many coins of a pool lie behind all others because of that."""
    cursor = await connection.execute(
        "select ledger.earmarked(%s, %s::smallint)", (account, int(pool))
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def cost(connection: Connection, *, account: int, earmarks: Sequence[Earmark]) -> Cost:
    """What certain coins cost their buyer; promo coins cost nothing."""
    cursor = await connection.execute(
        "select coalesce(sum(ledger.part(l.micro, l.coins, e.upto) - ledger.part(l.micro, l.coins, e.at)), 0)::bigint,"
        " coalesce(sum(ledger.part(l.tax_micro, l.coins, e.upto) - ledger.part(l.tax_micro, l.coins, e.at)), 0)::bigint,"
        " coalesce(sum(ledger.part(l.fee_micro, l.coins, e.upto) - ledger.part(l.fee_micro, l.coins, e.at)), 0)::bigint"
        " from unnest(%s::uuid[], %s::bigint[], %s::bigint[]) e (lot, at, upto)"
        " join ledger.lot l on l.account = %s and l.id = e.lot",
        (
            [mark.lot for mark in earmarks],
            [mark.lot_from for mark in earmarks],
            [mark.lot_to for mark in earmarks],
            account,
        ),
    )
    row = await cursor.fetchone()
    assert row is not None
    micro, tax, fee = row
    return Cost(micro, tax, fee)
