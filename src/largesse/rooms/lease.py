"""Who owns a room's stream: one node at a time, fenced by an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from largesse.kernel.database import Database
from largesse.rooms import store
from largesse.rooms.model import Tenure

# Renewed every third of this time, so two renewals may fail before it ends.
LEASE = timedelta(seconds=15)


async def hold_room(database: Database, *, room: UUID, node: str, now: datetime) -> Tenure | None:
    """Become the owner of a live room, or None while another node owns it."""
    async with database.work() as connection:
        return await store.take_lease(connection, room=room, node=node, now=now, until=now + LEASE)


async def keep_rooms(
    database: Database, *, node: str, tenures: Sequence[Tenure], now: datetime
) -> frozenset[UUID]:
    """Prolong all leases in one statement; rooms missing in the answer belong to others now."""
    async with database.work() as connection:
        return await store.renew_leases(connection, node=node, tenures=tenures, until=now + LEASE)


async def let_room_go(database: Database, *, node: str, tenure: Tenure, now: datetime) -> None:
    """Give a room up before its lease ends."""
    async with database.work() as connection:
        await store.release_lease(connection, tenure=tenure, node=node, now=now)
