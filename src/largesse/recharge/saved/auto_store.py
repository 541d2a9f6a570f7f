"""All SQL of auto-recharge: what was agreed to, and the orders it made."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import kwargs_row

from largesse.kernel.database import Connection
from largesse.recharge.saved.auto_model import AutoRecharge, AutoState

_NAMES = [field.name for field in fields(AutoRecharge)]
_COLUMNS = ", ".join(_NAMES)
_PUT = (
    f"insert into auto_recharge ({_COLUMNS}) values ({', '.join(f'%({name})s' for name in _NAMES)})"
    " on conflict (person) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in _NAMES if name != "person")
)


async def put(connection: Connection, auto: AutoRecharge) -> None:
    """Write a person's agreement down, in place of the one before."""
    values = {name: getattr(auto, name) for name in _NAMES}
    await connection.execute(_PUT.encode(), values | {"state": str(auto.state)})


async def read(connection: Connection, *, person: int) -> AutoRecharge | None:
    """What a person agreed to."""
    return await _one(connection, "person = %s", person)


async def locked(
    connection: Connection, *, person: int, skip_busy: bool = False
) -> AutoRecharge | None:
    """The same, held until the transaction ends; None when another holds it and we do not wait."""
    return await _one(
        connection, f"person = %s for update{' skip locked' if skip_busy else ''}", person
    )


async def watching(
    connection: Connection, *, after: int, now: datetime, limit: int
) -> dict[int, int]:
    """The thresholds of the next people whose purses are watched now."""
    rows = await connection.execute(
        "select person, threshold from auto_recharge a where state = 'on' and next_check_at <= %s"
        " and person > %s and not exists (select from recharge_way w"
        " where w.auto_person = a.person and w.ended_at is null) order by person limit %s",
        (now, after, limit),
    )
    return dict(await rows.fetchall())


async def under_way(connection: Connection, *, person: int) -> UUID | None:
    """The order that a person's auto-recharge has not come to an end with."""
    rows = await connection.execute(
        "select recharge from recharge_way where auto_person = %s and ended_at is null", (person,)
    )
    row = await rows.fetchone()
    return None if row is None else row[0]


async def came_out(connection: Connection, *, limit: int) -> list[UUID]:
    """Orders under way that may have come to an end."""
    rows = await connection.execute(
        "select w.recharge from recharge_way w join recharge r on r.id = w.recharge"
        " where w.auto_person is not null and w.ended_at is null and r.state <> 'processing'"
        " and (r.state <> 'awaiting_payment' or r.checkout_url is null and r.attempts_done > 0)"
        " order by w.recharge limit %s",
        (limit,),
    )
    return [row[0] for row in await rows.fetchall()]


async def spent_since(connection: Connection, *, person: int, since: datetime) -> int:
    """What auto-recharge took or may still take, in minor units: all but what came to nothing."""
    rows = await connection.execute(
        "select coalesce(sum(r.total), 0)::bigint from recharge_way w"
        " join recharge r on r.id = w.recharge where w.auto_person = %s and r.made_at >= %s"
        " and r.state not in ('declined', 'cancelled', 'expired')",
        (person, since),
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row[0])


async def mark_auto(connection: Connection, *, recharge: UUID, person: int) -> None:
    """This order was made by auto-recharge."""
    await connection.execute(
        "update recharge_way set auto_person = %s where recharge = %s", (person, recharge)
    )


async def pause_with_method(connection: Connection, *, method: UUID, why: str) -> None:
    """Stop what would charge this method."""
    await connection.execute(
        "update auto_recharge set state = 'paused', paused_why = %s"
        " where method = %s and state = 'on'",
        (why, method),
    )


async def _one(connection: Connection, where: str, person: int) -> AutoRecharge | None:
    async with connection.cursor(row_factory=kwargs_row(_auto)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from auto_recharge where {where}".encode(), (person,)
        )
        return await cursor.fetchone()


def _auto(**row: Any) -> AutoRecharge:
    return AutoRecharge(**row | {"state": AutoState(row["state"])})
