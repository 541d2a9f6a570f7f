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
from largesse.ledger.legs import pair
from largesse.ledger.rules import digest
from largesse.ledger.store import JournalRow


@dataclass(frozen=True, slots=True)
class Diamonds:
    """Pending ones wait for their clearing window; redeemed ones were paid out; debt was clawed back."""

    pending: int
    available: int
    withdrawing: int
    redeemed: int
    debt: int = 0


async def mature(
    connection: Connection, *, creator: int, earned_until: datetime, act: UUID, at: datetime
) -> int:
    """Move what was earned until a moment from pending to available; returns the diamonds.

    Only journals below the horizon count, so `roll_up` has to run; they mature by the
    hour, when the hour's youngest act is old enough. One journal a call, under the
    creator's own row, which no gift ever locks. What a creator owes after a clawback is
    paid first.
    """
    owed = (await creator_store.lock_creator(connection, creator)).debt
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
    paid = min(owed, ripe)
    legs = pair(
        [(account(creator, 200), ripe)],
        [(account(creator, 290), paid), (account(creator, 210), ripe - paid)],
        asset=DIAMOND,
    )
    await store.add_journal(connection, row, legs)
    await creator_store.move(connection, creator=creator, available=ripe - paid, debt=-paid)
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
    row = await creator_store.matured(connection, creator)
    pending = await pending_diamonds(connection, creator)
    return Diamonds(pending, row.available, row.withdrawing, row.redeemed, row.debt)
