"""What happened, as people read it: a person's history, and what a creator has pending."""

from __future__ import annotations

from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.kernel.paging import LIMIT_DEFAULT
from largesse.ledger import history_store
from largesse.ledger.chart import DIAMOND, account
from largesse.ledger.model import Entry


async def entries(
    connection: Connection,
    person: int,
    *,
    before_seq: int | None = None,
    limit: int = LIMIT_DEFAULT,
) -> list[Entry]:
    """A person's acts, newest first, each exactly once.

    Their `coins` add up to what can be spent, from the first entry to any other.
    """
    return await history_store.entries(
        connection, account=person, before_seq=before_seq, limit=limit
    )


async def entry(connection: Connection, person: int, *, act: UUID) -> Entry:
    """One act of a person; raises `NotFound`, also for somebody else's."""
    found = await history_store.entry(connection, account=person, act=act)
    if found is None:
        raise NotFound
    return found


async def pending_diamonds(connection: Connection, creator: int) -> int:
    """Diamonds that a creator has earned and that have not matured yet.

    The balance of an account that nobody locks: its snapshot, and what came after it.
    """
    return await history_store.open_balance(
        connection, account=account(creator, 200), asset=DIAMOND
    )
