"""All SQL of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.mail.model import Letter

_LETTER = "id, kind, recipient, subject, text, html, made_at, attached, tries"


async def insert(connection: Connection, letters: Sequence[Letter]) -> None:
    """Put letters into the outbox; they exist once the caller's transaction commits."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into mail (id, kind, recipient, subject, text, html, made_at, attached,"
            " next_try_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    one.id,
                    one.kind,
                    one.recipient,
                    one.subject,
                    one.text,
                    one.html,
                    one.made_at,
                    one.attached,
                    one.made_at,
                )
                for one in letters
            ],
        )


async def claim_due(
    connection: Connection, *, now: datetime, until: datetime, limit: int
) -> list[Letter]:
    """Letters that have to leave now. They are ours until `until`, then due again."""
    async with connection.cursor(row_factory=class_row(Letter)) as cursor:
        await cursor.execute(
            "update mail set next_try_at = %s, tries = tries + 1 where id in (select id from mail"
            " where next_try_at <= %s order by next_try_at limit %s for update skip locked)"
            f" returning {_LETTER}".encode(),
            (until, now, limit),
        )
        return await cursor.fetchall()


async def mark_sent(connection: Connection, *, letter: UUID, at: datetime) -> None:
    """The carrier has it."""
    await connection.execute(
        "update mail set sent_at = %s, next_try_at = null, trouble = '' where id = %s",
        (at, letter),
    )


async def mark_trouble(
    connection: Connection, *, letter: UUID, why: str, next_try_at: datetime | None
) -> None:
    """It was not taken; tried again then, or never."""
    await connection.execute(
        "update mail set trouble = %s, next_try_at = %s where id = %s and sent_at is null",
        (why[:500], next_try_at, letter),
    )


async def delete_done(connection: Connection, *, before: datetime, limit: int) -> None:
    """Forget old letters that are sent or given up: their papers are kept elsewhere."""
    await connection.execute(
        "delete from mail where id in (select id from mail where next_try_at is null"
        " and made_at < %s limit %s)",
        (before, limit),
    )
