"""Look at a gift that one sent."""

from __future__ import annotations

from uuid import UUID

from largesse import ledger
from largesse.gifts import store
from largesse.gifts.model import SentGift
from largesse.kernel.database import Database
from largesse.kernel.errors import NotFound
from largesse.people import Viewer


async def read_sent(database: Database, viewer: Viewer, *, sent: UUID) -> SentGift:
    """One's own gift as it was answered then; raises `NotFound`, also for somebody else's."""
    async with database.read() as connection:
        seq = await store.position_of(connection, sender=viewer.no, sent=sent)
        if seq is None:
            raise NotFound
        act = await ledger.entry(connection, viewer.no, act=sent)
        return await store.sent_gift(connection, sender=viewer.no, seq=seq, balance=act.balance)
