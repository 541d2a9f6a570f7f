"""A key that comes again: the act that it caused, or a conflict."""

from __future__ import annotations

from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.errors import IdempotencyConflict
from largesse.ledger import store
from largesse.ledger.store import JournalRow


async def earlier_act(
    connection: Connection, *, account: int, key: UUID, body: UUID
) -> JournalRow | None:
    """What this key already caused, if it did; `IdempotencyConflict` if that was something else.

    The caller holds the lock under which acts with this key go one after the other.
    """
    found = await store.journal_by_key(connection, account=account, key=key)
    if found is not None and found.body != body:
        raise IdempotencyConflict
    return found
