"""Find a person: by their session, their id, their handle or their number in the books."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection, Database
from largesse.kernel.errors import NotFound
from largesse.people import store
from largesse.people.model import HANDLE, PublicName, Viewer
from largesse.people.sign_in import digest_of


async def viewer_of(database: Database, *, token: str, now: datetime) -> Viewer | None:
    """Whose session token this is; None when it is unknown or over."""
    async with database.read() as connection:
        return await store.viewer_by_session(connection, digest=digest_of(token), now=now)


async def person_by_id(connection: Connection, *, person: UUID) -> Viewer:
    """The person with this id; raises `NotFound`."""
    return _there(await store.viewer_by_id(connection, person=person))


async def person_by_no(connection: Connection, *, no: int) -> Viewer:
    """The person with this number in the books; raises `NotFound`."""
    return _there(await store.viewer_by_no(connection, no=no))


async def person_by_handle(connection: Connection, *, handle: str) -> Viewer:
    """The person who goes by this handle; raises `NotFound`, also for what can be no handle."""
    if not HANDLE.fullmatch(handle):
        raise NotFound
    return _there(await store.viewer_by_handle(connection, handle=handle))


async def names(connection: Connection, nos: Collection[int]) -> Mapping[int, PublicName]:
    """How some people are called, by their numbers in the books; unknown ones are left out."""
    return await store.public_names(connection, nos=nos) if nos else {}


async def addresses(connection: Connection, nos: Collection[int]) -> Mapping[int, str]:
    """Where some people read their mail, by their numbers in the books."""
    return await store.addresses(connection, nos=nos) if nos else {}


def _there(viewer: Viewer | None) -> Viewer:
    if viewer is None:
        raise NotFound
    return viewer
