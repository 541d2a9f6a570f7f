"""All SQL of support cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel import ids
from largesse.kernel.database import Connection

UNAUTHORISED = "unauthorised_recharge"


@dataclass(frozen=True, slots=True)
class SupportCase:
    """Somebody's trouble with their money: about which recharge, and how it was decided."""

    id: UUID
    kind: str
    account: int
    person: UUID
    recharge: UUID
    state: str
    decision: str | None
    opened_at: datetime
    resolved_at: datetime | None

    @property
    def reference(self) -> str:
        """The case's id as people read it."""
        return ids.show("cas", self.id)


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One line of a case's history; `actor` is None for what the house did by itself."""

    support_case: UUID
    at: datetime
    actor: int | None
    what: str
    note: str


_COLUMNS = ", ".join(field.name for field in fields(SupportCase))


async def insert_case(connection: Connection, case: SupportCase) -> None:
    """Open a case."""
    await connection.execute(
        f"insert into support_case ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)".encode(),
        tuple(getattr(case, field.name) for field in fields(SupportCase)),
    )


async def case_about(connection: Connection, *, recharge: UUID) -> SupportCase | None:
    """The case about a recharge; the caller holds the order's row."""
    return await _one(connection, "recharge = %s", recharge)


async def case_by_id(connection: Connection, *, case: UUID) -> SupportCase | None:
    """A case as it stands."""
    return await _one(connection, "id = %s", case)


async def locked_case(connection: Connection, *, case: UUID) -> SupportCase | None:
    """A case, held until the transaction ends."""
    return await _one(connection, "id = %s for update", case)


async def cases(
    connection: Connection,
    *,
    account: int | None = None,
    state: str | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[SupportCase]:
    """Cases, newest first: one person's, or those in one state."""
    async with connection.cursor(row_factory=class_row(SupportCase)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from support_case"
            " where (%(account)s::bigint is null or account = %(account)s)"
            " and (%(state)s::text is null or state = %(state)s)"
            " and (%(before)s::uuid is null or id < %(before)s)"
            " order by id desc limit %(limit)s".encode(),
            {"account": account, "state": state, "before": before, "limit": limit},
        )
        return await cursor.fetchall()


async def resolve(connection: Connection, *, case: UUID, decision: str, at: datetime) -> None:
    """Write down how a case was decided; one that was decided is our own mistake."""
    resolved = await connection.execute(
        "update support_case set state = 'resolved', decision = %s, resolved_at = %s"
        " where id = %s and state = 'open'",
        (decision, at, case),
    )
    assert resolved.rowcount == 1, "a case is decided once"


async def has_open_case(connection: Connection, *, account: int) -> bool:
    """Whether somebody still waits for a decision about their wallet."""
    rows = await connection.execute(
        "select exists (select from support_case where account = %s and state = 'open')",
        (account,),
    )
    row = await rows.fetchone()
    assert row is not None
    return bool(row[0])


async def add_case_step(
    connection: Connection,
    case: UUID,
    what: str,
    *,
    actor: int | None,
    at: datetime,
    note: str = "",
) -> None:
    """Add a line to a case's history; the caller holds the case or its order."""
    await connection.execute(
        "insert into support_case_step (support_case, number, at, actor, what, note)"
        " select %(case)s, coalesce(max(number), 0) + 1, %(at)s, %(actor)s, %(what)s, %(note)s"
        " from support_case_step where support_case = %(case)s",
        {"case": case, "at": at, "actor": actor, "what": what, "note": note},
    )


async def case_steps(
    connection: Connection, *, cases: Sequence[UUID]
) -> dict[UUID, list[CaseStep]]:
    """Everything that happened to some cases, oldest first."""
    found: dict[UUID, list[CaseStep]] = {case: [] for case in cases}
    async with connection.cursor(row_factory=class_row(CaseStep)) as cursor:
        await cursor.execute(
            "select support_case, at, actor, what, note from support_case_step"
            " where support_case = any (%s) order by support_case, number",
            (list(cases),),
        )
        for step in await cursor.fetchall():
            found[step.support_case].append(step)
    return found


async def _one(connection: Connection, where: str, value: UUID) -> SupportCase | None:
    async with connection.cursor(row_factory=class_row(SupportCase)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from support_case where {where}".encode(), (value,)
        )
        return await cursor.fetchone()
