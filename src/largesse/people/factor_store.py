"""All SQL about second factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection

_COLUMNS = "id, person, kind, secret, made_at, confirmed_at, used_step"


@dataclass(frozen=True, slots=True)
class Factor:
    """A person's second factor, its secret sealed."""

    id: UUID
    person: int
    kind: str
    secret: bytes = field(repr=False)
    made_at: datetime
    confirmed_at: datetime | None
    used_step: int


async def put_pending(connection: Connection, factor: Factor) -> bool:
    """Write a factor down, in place of one that was never confirmed; False for a confirmed one."""
    written = await connection.execute(
        f"insert into factor as old ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s)"
        " on conflict (person, kind) do update set id = excluded.id, secret = excluded.secret,"
        " made_at = excluded.made_at where old.confirmed_at is null".encode(),
        (
            factor.id,
            factor.person,
            factor.kind,
            factor.secret,
            factor.made_at,
            factor.confirmed_at,
            factor.used_step,
        ),
    )
    return written.rowcount == 1


async def factor_of(connection: Connection, *, person: int) -> Factor | None:
    """A person's factor, confirmed or not."""
    return await _one(connection, f"select {_COLUMNS} from factor where person = %s", person)


async def locked_factor(connection: Connection, *, person: int) -> Factor | None:
    """The same, held until the transaction ends, so that codes are tried one after another."""
    query = f"select {_COLUMNS} from factor where person = %s for update"
    return await _one(connection, query, person)


async def _one(connection: Connection, query: str, person: int) -> Factor | None:
    async with connection.cursor(row_factory=class_row(Factor)) as cursor:
        await cursor.execute(query.encode(), (person,))
        return await cursor.fetchone()


async def take_step(connection: Connection, *, factor: UUID, step: int) -> None:
    """Remember that this half minute's code was used."""
    await connection.execute("update factor set used_step = %s where id = %s", (step, factor))


async def confirm(
    connection: Connection, *, factor: UUID, step: int, digests: Sequence[bytes], at: datetime
) -> None:
    """From now on the factor is asked for, and these recovery codes replace it when it is lost."""
    rows = await connection.execute(
        "update factor set confirmed_at = %s, used_step = %s where id = %s returning person",
        (at, step, factor),
    )
    row = await rows.fetchone()
    assert row is not None, "the caller holds the factor's row"
    await connection.execute("delete from recovery_code where person = %s", (row[0],))
    await connection.execute(
        "insert into recovery_code (person, digest) select %s, unnest(%s::bytea[])",
        (row[0], list(digests)),
    )


async def remove(connection: Connection, *, person: int) -> None:
    """Forget a person's factor and its recovery codes."""
    await connection.execute("delete from recovery_code where person = %s", (person,))
    await connection.execute("delete from factor where person = %s", (person,))


async def take_recovery_code(
    connection: Connection, *, person: int, digest: bytes, at: datetime
) -> bool:
    """Use a recovery code up; False for one that is unknown or was used."""
    used = await connection.execute(
        "update recovery_code set used_at = %s where person = %s and digest = %s"
        " and used_at is null",
        (at, person, digest),
    )
    return used.rowcount == 1


async def recovery_codes_left(connection: Connection, *, person: int) -> int:
    """How many recovery codes still work."""
    rows = await connection.execute(
        "select count(*) from recovery_code where person = %s and used_at is null", (person,)
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row[0])


async def note_failure(connection: Connection, *, person: int, at: datetime) -> None:
    """Remember a wrong code."""
    await connection.execute(
        "insert into factor_failure (person, at) values (%s, %s)", (person, at)
    )


async def failures_since(connection: Connection, *, person: int, since: datetime) -> int:
    """How many wrong codes there were since then."""
    rows = await connection.execute(
        "select count(*) from factor_failure where person = %s and at > %s", (person, since)
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row[0])


async def password_of(connection: Connection, *, person: int) -> str:
    """A person's password hash."""
    rows = await connection.execute("select password from person where no = %s", (person,))
    row = await rows.fetchone()
    assert row is not None
    return str(row[0])
