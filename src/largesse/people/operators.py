"""Say who runs the house. Nobody can say it of themselves: it is done where the house runs."""

from __future__ import annotations

from largesse.kernel.database import Database
from largesse.people import store
from largesse.people.model import Viewer
from largesse.people.read import person_by_handle


async def grant_operator(database: Database, *, handle: str) -> Viewer:
    """Let somebody see and answer for other people's money; raises `NotFound`."""
    return await _become(database, handle=handle, role="operator")


async def revoke_operator(database: Database, *, handle: str) -> Viewer:
    """Make an operator a viewer again; anybody else stays what they are. Raises `NotFound`."""
    return await _become(database, handle=handle, role="viewer", only_from="operator")


async def _become(
    database: Database, *, handle: str, role: str, only_from: str | None = None
) -> Viewer:
    async with database.work() as connection:
        person = await person_by_handle(connection, handle=handle)
        if only_from in (None, person.role):
            await store.update_role(connection, no=person.no, role=role)
        return await person_by_handle(connection, handle=handle)
