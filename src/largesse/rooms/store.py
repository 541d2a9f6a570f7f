"""All SQL of the rooms: rooms, chat and leases. Rows leave as frozen values.

It reads names from `person`, the one table of another feature that it joins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import errors as pg
from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.rooms.model import AlreadyLive, Room, Tenure

_ROOM = """
    select room.id, room.creator as creator_no, person.id as creator_id,
           person.handle as creator_handle, person.name as creator_name,
           room.title, room.language, room.status, room.opened_at, room.closed_at
    from room join person on person.no = room.creator
"""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A chat line on its way into the database."""

    id: UUID
    room: UUID
    actor_no: int
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A stored chat line with its author."""

    id: UUID
    at: datetime
    text: str
    actor_id: UUID
    actor_handle: str
    actor_name: str


async def insert_room(
    connection: Connection,
    *,
    room: UUID,
    creator_no: int,
    title: str,
    language: str | None,
    now: datetime,
) -> None:
    """Open a room; raises `AlreadyLive` when the creator has one."""
    try:
        await connection.execute(
            "insert into room (id, creator, title, language, opened_at) values (%s, %s, %s, %s, %s)",
            (room, creator_no, title, language, now),
        )
    except pg.UniqueViolation as error:
        raise AlreadyLive from error


async def close_room(connection: Connection, *, room: UUID, creator_no: int, now: datetime) -> bool:
    """End the creator's own live room; False when there is none to end."""
    closed = await connection.execute(
        "update room set status = 'closed', closed_at = %s"
        " where id = %s and creator = %s and status = 'live'",
        (now, room, creator_no),
    )
    return closed.rowcount == 1


async def find_room(connection: Connection, room: UUID) -> Room | None:
    """One room, live or closed."""
    async with connection.cursor(row_factory=class_row(Room)) as cursor:
        await cursor.execute(_ROOM + " where room.id = %s", (room,))
        return await cursor.fetchone()


async def live_rooms(
    connection: Connection, *, limit: int, creator: UUID | None = None
) -> Sequence[Room]:
    """Live rooms, everybody's or one creator's, the newest first."""
    async with connection.cursor(row_factory=class_row(Room)) as cursor:
        await cursor.execute(
            _ROOM + " where room.status = 'live' and (%(creator)s::uuid is null"
            " or person.id = %(creator)s) order by room.opened_at desc limit %(limit)s",
            {"limit": limit, "creator": creator},
        )
        return await cursor.fetchall()


async def insert_messages(connection: Connection, lines: Sequence[NewLine]) -> frozenset[UUID]:
    """Keep chat lines of live rooms; the lines that are missing in the answer are not kept.

    The commit does not wait for the disk: a power cut may lose the last lines of
    chat, and nothing that is worth money.
    """
    kept = await connection.execute(
        """
        with hasty as (select set_config('synchronous_commit', 'off', true) as answer)
        insert into chat_message (id, room, actor, text, at)
        select line.id, room.id, person.no, line.text, line.at
        from unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::timestamptz[])
             as line (id, room, actor, text, at)
        join room on room.id = line.room and room.status = 'live'
        join person on person.no = line.actor
        cross join hasty
        returning id
        """,
        (
            [line.id for line in lines],
            [line.room for line in lines],
            [line.actor_no for line in lines],
            [line.text for line in lines],
            [line.at for line in lines],
        ),
    )
    return frozenset(row[0] for row in await kept.fetchall())


async def recent_messages(connection: Connection, *, room: UUID, limit: int) -> Sequence[ChatRow]:
    """The last lines of a room's chat, oldest first."""
    async with connection.cursor(row_factory=class_row(ChatRow)) as cursor:
        await cursor.execute(
            """
            select message.id, message.at, message.text, person.id as actor_id,
                   person.handle as actor_handle, person.name as actor_name
            from chat_message message join person on person.no = message.actor
            where message.room = %s order by message.id desc limit %s
            """,
            (room, limit),
        )
        rows = await cursor.fetchall()
    return rows[::-1]


async def take_lease(
    connection: Connection, *, room: UUID, node: str, now: datetime, until: datetime
) -> Tenure | None:
    """Become the owner of a live room under a new epoch, or None while another node is.

    A node takes its own lease again at once, so a restart waits for nobody.
    """
    async with connection.cursor(row_factory=class_row(Tenure)) as cursor:
        await cursor.execute(
            """
            insert into room_lease (room, node, epoch, until)
            select room.id, %s, 1, %s from room where room.id = %s and room.status = 'live'
            on conflict (room) do update
                set node = excluded.node, epoch = room_lease.epoch + 1, until = excluded.until
                where room_lease.node = excluded.node or room_lease.until <= %s
            returning room, epoch, until
            """,
            (node, until, room, now),
        )
        return await cursor.fetchone()


async def renew_leases(
    connection: Connection, *, node: str, tenures: Sequence[Tenure], until: datetime
) -> frozenset[UUID]:
    """Prolong what is still ours; the rooms that are missing in the answer are lost."""
    renewed = await connection.execute(
        """
        update room_lease set until = %s
        from unnest(%s::uuid[], %s::bigint[]) as held (room, epoch)
        where room_lease.room = held.room and room_lease.epoch = held.epoch
              and room_lease.node = %s
        returning room_lease.room
        """,
        (until, [held.room for held in tenures], [held.epoch for held in tenures], node),
    )
    return frozenset(row[0] for row in await renewed.fetchall())


async def release_lease(
    connection: Connection, *, tenure: Tenure, node: str, now: datetime
) -> None:
    """Give a room up, so that any node may take it at once; the epoch stays counted."""
    await connection.execute(
        "update room_lease set until = %s where room = %s and epoch = %s and node = %s",
        (now, tenure.room, tenure.epoch, node),
    )
