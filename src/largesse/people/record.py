"""What the house can say of an account when a payment of its owner is disputed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.people import store
from largesse.people.store import SessionRecord


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """How old an account is, and where it was used; no address, no secret."""

    handle: str
    country: str
    joined_at: datetime
    sessions: tuple[SessionRecord, ...]


async def account_record(connection: Connection, no: int) -> AccountRecord:
    """The record of the person with this number; raises `NotFound`."""
    viewer = await store.viewer_by_no(connection, no=no)
    joined = await store.joined_at(connection, no=no)
    if viewer is None or joined is None:
        raise NotFound
    sessions = await store.sessions_of(connection, no=no)
    return AccountRecord(viewer.handle, viewer.country, joined, tuple(sessions))
