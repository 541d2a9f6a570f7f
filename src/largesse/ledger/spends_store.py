"""All SQL of the job that books the money of spends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger import rollup_store
from largesse.ledger.flows import Flow


@dataclass(frozen=True, slots=True)
class Reach:
    """Money is booked for journals up to `booked`; those up to `folded` have settled."""

    booked: int
    folded: int


@dataclass(frozen=True, slots=True)
class Released:
    """What the spends of a kind released in one currency, in micro."""

    currency: str
    kind: int
    share: int
    promotion: int
    revenue: int


async def reach(connection: Connection) -> Reach | None:
    """How far money is booked and could be; None while another worker books."""
    await rollup_store.find_by_number(connection)
    async with connection.cursor(row_factory=class_row(Reach)) as cursor:
        await cursor.execute(
            "select b.upto as booked, h.folded from ledger.booked b, ledger.horizon h"
            " for update of b skip locked"
        )
        return await cursor.fetchone()


async def released(connection: Connection, *, after: int, upto: int) -> list[Released]:
    """What spends in (after, upto] released, by currency and kind."""
    async with connection.cursor(row_factory=class_row(Released)) as cursor:
        await cursor.execute(
            "select p.currency, r.kind, sum(r.share) as share, sum(r.promotion) as promotion,"
            " sum(r.revenue) as revenue from (select account, kind, sum(share) as share,"
            "   sum(promotion) as promotion, sum(revenue) as revenue from ledger.releases"
            "   where seq > %s and seq <= %s group by 1, 2) r"
            " join ledger.currencies p on p.account = r.account group by 1, 2",
            (after, upto),
        )
        return [
            Released(row.currency, row.kind, int(row.share), int(row.promotion), int(row.revenue))
            for row in await cursor.fetchall()
        ]


async def totals(connection: Connection, currency: str) -> dict[Flow, int]:
    """What spends have released since ever, as far as it is booked."""
    cursor = await connection.execute(
        "select debit, credit, micro from ledger.released where currency = %s", (currency,)
    )
    return {Flow(debit, credit): int(micro) for debit, credit, micro in await cursor.fetchall()}


async def add_totals(connection: Connection, currency: str, flows: Mapping[Flow, int]) -> None:
    """Raise the totals by what was released."""
    for flow, micro in flows.items():
        await connection.execute(
            "insert into ledger.released as r (currency, debit, credit, micro)"
            " values (%s, %s, %s, %s) on conflict (currency, debit, credit)"
            " do update set micro = r.micro + excluded.micro",
            (currency, flow.debit, flow.credit, micro),
        )


async def advance(connection: Connection, *, upto: int) -> None:
    """Move the position of the job, in the transaction of its journals."""
    await connection.execute("update ledger.booked set upto = %s", (upto,))
