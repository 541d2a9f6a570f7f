"""Let holds end whose time is up and whom nobody decided about."""

from __future__ import annotations

from datetime import datetime

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.ledger.errors import HoldPosted, HoldVoided
from largesse.ledger.hold import due_holds, resolve_hold

ROUND_MAX = 500


async def resolve_due_holds(database: Database, *, at: datetime) -> int:
    """Resolve every overdue hold by its own rule, one transaction each; returns how many.

    Safe on many workers, and after a crash: a hold that another one resolved
    meanwhile is done.
    """
    async with database.read() as connection:
        due = await due_holds(connection, at=at, limit=ROUND_MAX)
    resolved = 0
    for found in due:
        try:
            async with database.work() as connection:
                await resolve_hold(
                    connection, account=found.account, hold=found.id, act=ids.make(), at=at
                )
        except (HoldPosted, HoldVoided):
            continue
        resolved += 1
    return resolved
