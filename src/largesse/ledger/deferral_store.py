"""All SQL of memberships that were paid with money."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection

_COLUMNS = "account, id, seq, currency, creator, net, share, diamonds, periods, passed"


@dataclass(frozen=True, slots=True)
class Deferral:
    """What a membership cost net of tax, and how much of its time has passed. Minor units."""

    account: int
    id: UUID
    seq: int
    currency: str
    creator: int
    net: int
    share: int
    diamonds: int
    periods: int
    passed: int = 0


async def add_deferral(connection: Connection, deferral: Deferral) -> None:
    """Remember a membership that was paid."""
    await connection.execute(
        f"insert into ledger.deferral ({_COLUMNS})"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            deferral.account, deferral.id, deferral.seq, deferral.currency, deferral.creator,
            deferral.net, deferral.share, deferral.diamonds, deferral.periods, deferral.passed,
        ),
    )  # fmt: skip


async def locked_deferral(
    connection: Connection, *, account: int, deferral: UUID
) -> Deferral | None:
    """A membership, locked until the transaction ends."""
    async with connection.cursor(row_factory=class_row(Deferral)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from ledger.deferral where account = %s and id = %s for update",
            (account, deferral),
        )
        return await cursor.fetchone()


async def pass_periods(connection: Connection, deferral: Deferral, *, passed: int) -> None:
    """Store how many periods have passed."""
    await connection.execute(
        "update ledger.deferral set passed = %s where account = %s and id = %s",
        (passed, deferral.account, deferral.id),
    )
