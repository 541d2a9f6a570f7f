"""Let a creator's pending diamonds become available after the clearing window (end of J3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.ledger import creator_store, store
from largesse.ledger.chart import DIAMOND, Kind, Shape, account
from largesse.ledger.model import Leg
from largesse.ledger.rules import digest
from largesse.ledger.store import JournalRow


async def mature(
    connection: Connection, *, creator: int, earned_until: datetime, act: UUID, at: datetime
) -> int:
    """Move what was earned until a moment from pending to available; returns the diamonds.

    Only journals below the horizon count, so `roll_up` has to run. One journal a
    call, under the creator's own row, which no gift ever locks.
    """
    matured_seq = await creator_store.lock_creator(connection, creator)
    ripe = await creator_store.ripe(
        connection, creator=creator, after=matured_seq, earned_until=earned_until
    )
    if ripe.diamonds == 0:
        return 0
    row = JournalRow(
        account=creator,
        seq=await store.next_seq(connection),
        id=act,
        at=at,
        key=digest(f"matured:{ripe.upto}".encode()),
        body=digest(b"matured"),
        kind=Kind.DIAMONDS_MATURED,
        shape=Shape.OTHER,
        balance=0,
    )
    leg = Leg(account(creator, 200), account(creator, 210), ripe.diamonds, DIAMOND)
    await store.add_journal(connection, row, [leg])
    await creator_store.make_available(
        connection, creator=creator, diamonds=ripe.diamonds, matured_seq=ripe.upto
    )
    return ripe.diamonds


async def available_diamonds(connection: Connection, creator: int) -> int:
    """Diamonds that a creator may withdraw."""
    return await creator_store.available(connection, creator)
