"""Read a person's purse and its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from largesse import ledger
from largesse.kernel.database import Database
from largesse.ledger import Entry, Purse
from largesse.people import PublicName, Viewer, names


@dataclass(frozen=True, slots=True)
class WalletView:
    """A purse, and what its next coin would cost its owner."""

    purse: Purse
    next_coin_micro: int


@dataclass(frozen=True, slots=True)
class WalletEntry:
    """One act, and the other person in it if there is one."""

    entry: Entry
    counterpart: PublicName | None


async def wallet(database: Database, viewer: Viewer, *, now: datetime) -> WalletView:
    """A person's coins right now."""
    async with database.read() as connection:
        purse = await ledger.purse(connection, viewer.no, at=now)
        coin = await ledger.next_basis(connection, viewer.no, coins=1, at=now)
    return WalletView(purse, coin.micro)


async def entries(
    database: Database, viewer: Viewer, *, before: int | None, limit: int
) -> Sequence[WalletEntry]:
    """A person's history, newest first: one act is one entry, never folded."""
    async with database.read() as connection:
        acts = await ledger.entries(connection, viewer.no, before_seq=before, limit=limit)
        known = await names(connection, [act.party for act in acts if act.party is not None])
    return [WalletEntry(act, known.get(act.party or 0)) for act in acts]


async def entry(database: Database, viewer: Viewer, *, act: UUID) -> WalletEntry:
    """One act of a person's history; raises `NotFound`, also for somebody else's."""
    async with database.read() as connection:
        found = await ledger.entry(connection, viewer.no, act=act)
        known = await names(connection, [] if found.party is None else [found.party])
    return WalletEntry(found, known.get(found.party or 0))
