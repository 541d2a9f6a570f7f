"""What a creator received, gift by gift, with the split of each."""

from __future__ import annotations

from largesse.gifts import store
from largesse.gifts.store import ReceivedGift
from largesse.kernel.database import Connection


async def received(
    connection: Connection, *, creator: int, before_seq: int | None, limit: int
) -> list[ReceivedGift]:
    """A creator's gifts, newest first, from a position backwards."""
    return await store.received_by(connection, creator=creator, before_seq=before_seq, limit=limit)
