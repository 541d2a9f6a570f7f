"""All SQL of payouts."""

from __future__ import annotations

from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.payout_model import PayoutRow, PayoutState

_COLUMNS = "account, id, seq, at, diamonds, amount, fee, withheld, asset, currency::text as currency, state"


async def add_payout(connection: Connection, row: PayoutRow) -> None:
    """Remember that a creator wants money."""
    await connection.execute(
        "insert into ledger.payout (account, id, seq, at, diamonds, amount, fee, withheld, asset,"
        " currency) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            row.account, row.id, row.seq, row.at, row.diamonds, row.amount, row.fee, row.withheld,
            row.asset, row.currency,
        ),
    )  # fmt: skip


async def payout_row(connection: Connection, *, account: int, payout: UUID) -> PayoutRow | None:
    """A payout of this creator."""
    async with connection.cursor(row_factory=class_row(PayoutRow)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from ledger.payout where account = %s and id = %s",
            (account, payout),
        )
        return await cursor.fetchone()


async def advance(connection: Connection, row: PayoutRow, *, state: PayoutState, seq: int) -> None:
    """Move a payout by a journal; one that has moved meanwhile is our own mistake."""
    moved = await connection.execute(
        "update ledger.payout set state = %s, resolved = %s"
        " where account = %s and id = %s and state = %s",
        (int(state), seq, row.account, row.id, int(row.state)),
    )
    assert moved.rowcount == 1, "a payout moves once a step"
