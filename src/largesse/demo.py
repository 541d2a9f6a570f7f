"""Something to look at: three creators who are live, a viewer, and an operator.

Only in development: the password is in the README. What the crowd does then
comes through the public API, from a process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.errors import NotFound
from largesse.people import Newcomer, Viewer, person_by_handle, sign_up
from largesse.rooms import AlreadyLive, open_room

PASSWORD = "open sesame largesse"  # noqa: S105 - a demo login, printed at every start

BIRTH_DATE = date(1995, 5, 17)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person of the demo, and what they do live."""

    handle: str
    name: str
    role: str
    country: str
    title: str | None = None


PEOPLE = (
    Someone("oto", "Oto", "creator", "US", "Late-night piano, your requests"),
    Someone("lumi", "Lumi", "creator", "DE", "Painting the garden after dark"),
    Someone("kaya", "Kaya", "creator", "GB", "Rooftop kitchen: dumplings from scratch"),
    Someone("mira", "Mira", "viewer", "US"),
    Someone("ada", "Ada", "operator", "US"),
)


async def seed(database: Database, clock: Clock) -> None:
    """Make the demo's people and rooms that are not there yet; safe to repeat."""
    for someone in PEOPLE:
        person = await _person(database, clock, someone)
        if someone.title is None:
            continue
        try:
            await open_room(database, clock, creator=person, title=someone.title, language="en")
        except AlreadyLive:
            continue


async def _person(database: Database, clock: Clock, someone: Someone) -> Viewer:
    try:
        async with database.read() as connection:
            return await person_by_handle(connection, handle=someone.handle)
    except NotFound:
        newcomer = Newcomer(
            handle=someone.handle,
            email=f"{someone.handle}@demo.example",
            password=PASSWORD,
            birth_date=BIRTH_DATE,
            country=someone.country,
            name=someone.name,
            role=someone.role,
        )
        return await sign_up(database, newcomer, now=clock.now())
