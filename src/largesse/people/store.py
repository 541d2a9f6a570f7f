"""All SQL about people and their sessions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg import errors as pg
from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.people.model import HandleTaken, PublicName, Viewer

_VIEWER = "no, p.id, handle, name, email, country, currency, birth_date, role, visibility"


@dataclass(frozen=True, slots=True)
class Person:
    """A new person, before the database numbered them."""

    id: UUID
    handle: str
    name: str
    email: str
    password: str
    birth_date: date
    country: str
    currency: str
    role: str
    joined_at: datetime


async def insert_person(connection: Connection, person: Person) -> int:
    """Write a person down and return their number; raises `HandleTaken`."""
    try:
        row = await connection.execute(
            "insert into person (id, handle, name, email, password, birth_date, country,"
            " currency, role, joined_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " returning no",
            (
                person.id,
                person.handle,
                person.name,
                person.email,
                person.password,
                person.birth_date,
                person.country,
                person.currency,
                person.role,
                person.joined_at,
            ),
        )
    except pg.UniqueViolation as error:
        raise HandleTaken from error
    number = await row.fetchone()
    assert number is not None
    return int(number[0])


async def insert_session(
    connection: Connection,
    *,
    digest: bytes,
    session: UUID,
    person: int,
    made_at: datetime,
    expires_at: datetime,
    agent: str,
) -> None:
    """Remember a session by the digest of its token."""
    await connection.execute(
        "insert into session (digest, id, person, made_at, expires_at, agent)"
        " values (%s, %s, %s, %s, %s, %s)",
        (digest, session, person, made_at, expires_at, agent),
    )


async def delete_session(connection: Connection, *, digest: bytes) -> None:
    """Forget a session; its token opens nothing from the commit on."""
    await connection.execute("delete from session where digest = %s", (digest,))


async def viewer_by_session(
    connection: Connection, *, digest: bytes, now: datetime
) -> Viewer | None:
    """Whose session this is, unless it is over."""
    return await _viewer(
        connection,
        f"select {_VIEWER} from person p join session s on s.person = p.no"
        " where s.digest = %s and s.expires_at > %s",
        (digest, now),
    )


async def viewer_by_id(connection: Connection, *, person: UUID) -> Viewer | None:
    """The person with this id."""
    return await _viewer(connection, f"select {_VIEWER} from person p where id = %s", (person,))


async def viewer_by_no(connection: Connection, *, no: int) -> Viewer | None:
    """The person with this number in the books."""
    return await _viewer(connection, f"select {_VIEWER} from person p where no = %s", (no,))


async def viewer_by_handle(connection: Connection, *, handle: str) -> Viewer | None:
    """The person who goes by this handle."""
    return await _viewer(connection, f"select {_VIEWER} from person p where handle = %s", (handle,))


async def _viewer(connection: Connection, query: str, values: tuple[object, ...]) -> Viewer | None:
    async with connection.cursor(row_factory=class_row(Viewer)) as cursor:
        await cursor.execute(query.encode(), values)
        return await cursor.fetchone()


async def password_by_login(connection: Connection, *, login: str) -> tuple[int, str] | None:
    """Number and password hash of whoever signs in with this handle or e-mail address."""
    row = await connection.execute(
        "select no, password from person where handle = lower(%(login)s)"
        " or lower(email) = lower(%(login)s) limit 1",
        {"login": login},
    )
    found = await row.fetchone()
    return None if found is None else (int(found[0]), str(found[1]))


async def update_person(connection: Connection, *, no: int, name: str, visibility: str) -> None:
    """Change what a person may change about themselves."""
    await connection.execute(
        "update person set name = %s, visibility = %s where no = %s", (name, visibility, no)
    )


async def update_role(connection: Connection, *, no: int, role: str) -> None:
    """Say what somebody is in the house."""
    await connection.execute("update person set role = %s where no = %s", (role, no))


async def note_failure(connection: Connection, *, login: str, at: datetime) -> None:
    """Remember a failed sign-in."""
    await connection.execute(
        "insert into sign_in_failure (login, at) values (%s, %s)", (login[:254], at)
    )


async def failures_since(connection: Connection, *, login: str, since: datetime) -> int:
    """How often somebody tried this login in vain since then."""
    row = await connection.execute(
        "select count(*) from sign_in_failure where login = %s and at > %s", (login[:254], since)
    )
    counted = await row.fetchone()
    assert counted is not None
    return int(counted[0])


async def addresses(connection: Connection, *, nos: Collection[int]) -> dict[int, str]:
    """Where some people read their mail, by their numbers."""
    rows = await connection.execute("select no, email from person where no = any(%s)", (list(nos),))
    return {no: email async for no, email in rows}


async def public_names(connection: Connection, *, nos: Collection[int]) -> dict[int, PublicName]:
    """How some people are called, by their numbers."""
    rows = await connection.execute(
        "select no, id, handle, name from person where no = any(%s)", (list(nos),)
    )
    return {no: PublicName(*public) async for no, *public in rows}


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A sign-in as it may be shown: never its token."""

    id: UUID
    made_at: datetime
    expires_at: datetime
    agent: str


async def joined_at(connection: Connection, *, no: int) -> datetime | None:
    """Since when somebody has their account."""
    rows = await connection.execute("select joined_at from person where no = %s", (no,))
    row = await rows.fetchone()
    return None if row is None else row[0]


async def sessions_of(connection: Connection, *, no: int) -> list[SessionRecord]:
    """Somebody's sessions, oldest first."""
    async with connection.cursor(row_factory=class_row(SessionRecord)) as cursor:
        await cursor.execute(
            "select id, made_at, expires_at, agent from session where person = %s order by made_at, id",
            (no,),
        )
        return await cursor.fetchall()
