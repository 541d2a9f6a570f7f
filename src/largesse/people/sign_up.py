"""Sign up: a person, their empty purse and their first session, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.people import model, password, store
from largesse.people.model import Viewer


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody tells us about themselves when they join."""

    handle: str
    email: str
    password: str
    birth_date: date
    country: str
    name: str | None = None
    role: str = "viewer"


async def sign_up(database: Database, newcomer: Newcomer, *, now: datetime) -> Viewer:
    """Open an account with an empty purse in the currency of the person's country.

    Raises `HandleTaken`, `WeakPassword`, `AgeRestricted` or `Invalid`.
    """
    handle = model.checked_handle(newcomer.handle)
    email = model.checked_email(newcomer.email)
    country = model.checked_country(newcomer.country)
    birth_date = model.checked_birth_date(newcomer.birth_date, today=now.date())
    password.require_strong(newcomer.password, inputs=[handle, email])
    person = store.Person(
        id=ids.make(),
        handle=handle,
        name=(newcomer.name or handle).strip()[:40] or handle,
        email=email,
        password=await password.hashed(newcomer.password),
        birth_date=birth_date,
        country=country,
        currency=model.home_currency(country),
        role=newcomer.role,
        joined_at=now,
    )
    async with database.work() as connection:
        no = await store.insert_person(connection, person)
        await ledger.open_purse(connection, account=no, currency=person.currency, at=now)
        viewer = await store.viewer_by_no(connection, no=no)
    assert viewer is not None
    return viewer
