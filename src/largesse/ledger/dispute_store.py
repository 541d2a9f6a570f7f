"""All SQL of disputes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.claims_model import ClaimState


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute as it stands in the table."""

    account: int
    id: UUID
    source: UUID
    seq: int
    at: datetime
    clearing: int
    amount: int
    asset: int
    state: int = 0
    owed: int = 0
    diamonds: int = 0


_COLUMNS = "account, id, source, seq, at, clearing, amount, asset, state, owed, diamonds"
_READ = f"select {_COLUMNS} from ledger.dispute where account = %s"


async def add_dispute(connection: Connection, row: DisputeRow) -> None:
    """Remember that a payment is disputed."""
    await connection.execute(
        "insert into ledger.dispute (account, id, source, seq, at, clearing, amount, asset)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (row.account, row.id, row.source, row.seq, row.at, row.clearing, row.amount, row.asset),
    )


async def dispute_row(connection: Connection, *, account: int, dispute: UUID) -> DisputeRow | None:
    """A dispute of this account."""
    async with connection.cursor(row_factory=class_row(DisputeRow)) as cursor:
        await cursor.execute(f"{_READ} and id = %s", (account, dispute))
        return await cursor.fetchone()


async def unresolved(connection: Connection, *, account: int, source: UUID) -> DisputeRow | None:
    """The dispute of an order that is open or was lost; one that was won may be opened anew."""
    async with connection.cursor(row_factory=class_row(DisputeRow)) as cursor:
        await cursor.execute(f"{_READ} and source = %s and state <> 2", (account, source))
        return await cursor.fetchone()


async def open_count(connection: Connection, *, account: int) -> int:
    """How many disputes of this account are open."""
    cursor = await connection.execute(
        "select count(*) from ledger.dispute where account = %s and state = 0", (account,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def close(
    connection: Connection, row: DisputeRow, *, state: ClaimState, seq: int, owed: int = 0
) -> None:
    """Mark a dispute as decided by a journal; one that is not open is our own mistake."""
    closed = await connection.execute(
        "update ledger.dispute set state = %s, resolved = %s, owed = %s"
        " where account = %s and id = %s and state = 0",
        (int(state), seq, owed, row.account, row.id),
    )
    assert closed.rowcount == 1, "a dispute is decided at most once"


async def note_diamonds(connection: Connection, row: DisputeRow, *, diamonds: int) -> None:
    """Remember how many diamonds a lost dispute took back."""
    await connection.execute(
        "update ledger.dispute set diamonds = %s where account = %s and id = %s",
        (diamonds, row.account, row.id),
    )
