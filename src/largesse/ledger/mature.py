"""Let a creator's pending diamonds become available after the clearing window (end of J3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Connection, Database
from largesse.ledger import creator_store, store
from largesse.ledger.chart import DIAMOND, Kind, Shape, account
from largesse.ledger.entries import pending_diamonds
from largesse.ledger.model import Leg
from largesse.ledger.rules import digest
from largesse.ledger.store import JournalRow


@dataclass(frozen=True, slots=True)
class Diamonds:
    """Pending ones wait for their clearing window; redeemed ones were paid out."""

    pending: int
    available: int
    withdrawing: int
    redeemed: int


async def mature(
    connection: Connection, *, creator: int, earned_until: datetime, act: UUID, at: datetime
) -> int:
    """Move what was earned until a moment from pending to available; returns the diamonds.

    Only journals below the horizon count, so `roll_up` has to run; they mature by the
    hour, when the hour's youngest act is old enough. One journal a call, under the
    creator's own row, which no gift ever locks.
    """
    await creator_store.lock_creator(connection, creator)
    ripe = await creator_store.ripen(connection, creator=creator, earned_until=earned_until)
    if ripe == 0:
        return 0
    row = JournalRow(
        account=creator,
        seq=await store.next_seq(connection),
        id=act,
        at=at,
        key=digest(b"matured:" + act.bytes),
        body=digest(b"matured"),
        kind=Kind.DIAMONDS_MATURED,
        shape=Shape.OTHER,
        balance=0,
    )
    leg = Leg(account(creator, 200), account(creator, 210), ripe, DIAMOND)
    await store.add_journal(connection, row, [leg])
    await creator_store.make_available(connection, creator=creator, diamonds=ripe)
    return ripe


async def mature_all(database: Database, *, earned_until: datetime, at: datetime) -> int:
    """Mature every creator's diamonds that are old enough, one transaction each."""
    async with database.read() as connection:
        creators = await creator_store.with_ripe(connection, earned_until=earned_until)
    moved = 0
    for creator in creators:
        async with database.work() as connection:
            moved += await mature(
                connection, creator=creator, earned_until=earned_until, act=ids.make(), at=at
            )
    return moved


async def diamonds(connection: Connection, creator: int) -> Diamonds:
    """A creator's diamonds by how far they have come."""
    available, withdrawing, redeemed = await creator_store.matured(connection, creator)
    pending = await pending_diamonds(connection, creator)
    return Diamonds(pending, available, withdrawing, redeemed)
