"""All SQL of saved methods: what providers keep for whom, and which orders are paid with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection

_METHOD = (
    "id, person, provider, customer, token, method, kind, label, expires, is_default, consent,"
    " consented_at, made_at, removed_at"
)
_WAY = "recharge, saves, consent, customer, method, answered_at, auto_person, ended_at"


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A way to pay that a provider keeps for a person; `token` and `customer` are never shown."""

    id: UUID
    person: int
    provider: str
    customer: str = field(repr=False)
    token: str | None = field(repr=False)
    method: str
    kind: str
    label: str
    expires: date | None
    is_default: bool
    consent: str
    consented_at: datetime
    made_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """How an order is paid, where it is more than a page.

    `customer` is written down once: a request that is repeated must be the same request.
    """

    recharge: UUID
    saves: bool = False
    consent: str = ""
    customer: str = field(default="", repr=False)
    method: UUID | None = None
    answered_at: datetime | None = None
    auto_person: int | None = None
    ended_at: datetime | None = None


async def put_customer(
    connection: Connection, *, person: int, provider: str, customer: str, at: datetime
) -> None:
    """Remember what a provider calls a person; the first name stays."""
    await connection.execute(
        "insert into provider_customer (person, provider, customer, at) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        (person, provider, customer, at),
    )


async def customer_of(connection: Connection, *, person: int, provider: str) -> str:
    """What a provider calls a person; empty where it does not know them."""
    rows = await connection.execute(
        "select customer from provider_customer where person = %s and provider = %s",
        (person, provider),
    )
    row = await rows.fetchone()
    return "" if row is None else str(row[0])


async def lock_methods(connection: Connection, *, person: int) -> None:
    """Change one person's saved methods one after another."""
    await connection.execute("select from person where no = %s for no key update", (person,))


async def put_method(connection: Connection, row: SavedRow) -> None:
    """Keep a method; the person's first is the default. The caller holds the person's methods.

    One that was removed comes back only when it was agreed to again later.
    """
    await connection.execute(
        f"insert into saved_method as old ({_METHOD}) values (%s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " not exists (select from saved_method where person = %s and is_default),"
        " %s, %s, %s, null) on conflict (provider, customer, token) do update"
        " set label = excluded.label, expires = excluded.expires, consent = excluded.consent,"
        " consented_at = excluded.consented_at, removed_at = null, forget_next_at = null,"
        " is_default = old.is_default or excluded.is_default"
        " where old.person = excluded.person and old.removed_at < excluded.consented_at".encode(),
        (
            row.id,
            row.person,
            row.provider,
            row.customer,
            row.token,
            row.method,
            row.kind,
            row.label,
            row.expires,
            row.person,
            row.consent,
            row.consented_at,
            row.made_at,
        ),
    )


async def methods_of(connection: Connection, *, person: int) -> list[SavedRow]:
    """A person's saved methods, the default first and then the newest."""
    async with connection.cursor(row_factory=class_row(SavedRow)) as cursor:
        await cursor.execute(
            f"select {_METHOD} from saved_method where person = %s and removed_at is null"
            " order by is_default desc, id desc".encode(),
            (person,),
        )
        return await cursor.fetchall()


async def method_by_id(connection: Connection, *, method: UUID) -> SavedRow | None:
    """A saved method, removed ones too."""
    async with connection.cursor(row_factory=class_row(SavedRow)) as cursor:
        await cursor.execute(
            f"select {_METHOD} from saved_method where id = %s".encode(), (method,)
        )
        return await cursor.fetchone()


async def make_default(connection: Connection, *, person: int, method: UUID | None) -> None:
    """Let this one be chosen first, or the newest; the caller holds the person's methods."""
    await connection.execute(
        "update saved_method set is_default = false where person = %s and is_default", (person,)
    )
    await connection.execute(
        "update saved_method set is_default = true where id = coalesce(%s, (select id from"
        " saved_method where person = %s and removed_at is null order by id desc limit 1))",
        (method, person),
    )


async def mark_removed(connection: Connection, *, method: UUID, at: datetime) -> None:
    """A method is not used from now on, and its provider has to forget it."""
    await connection.execute(
        "update saved_method set removed_at = %s, is_default = false, forget_next_at = %s"
        " where id = %s",
        (at, at, method),
    )


async def claim_forgettable(
    connection: Connection, *, now: datetime, until: datetime, limit: int
) -> list[SavedRow]:
    """Removed methods that a provider still keeps. They are ours until `until`, then due again.

    One with which an order is being charged right now is forgotten only after the answer.
    """
    async with connection.cursor(row_factory=class_row(SavedRow)) as cursor:
        await cursor.execute(
            "update saved_method set forget_next_at = %s where id in"
            " (select id from saved_method s where forget_next_at <= %s and not exists"
            " (select from recharge_way w join recharge r on r.id = w.recharge where"
            " w.method = s.id and w.answered_at is null and r.state = 'awaiting_payment')"
            f" order by forget_next_at limit %s for update skip locked) returning {_METHOD}".encode(),
            (until, now, limit),
        )
        return await cursor.fetchall()


async def forgotten(connection: Connection, *, method: UUID) -> None:
    """The provider keeps it no longer, and neither do we."""
    await connection.execute(
        "update saved_method set token = null, forget_next_at = null"
        " where id = %s and removed_at is not null",
        (method,),
    )


async def insert_way(connection: Connection, way: Way) -> None:
    """Write down how a new order is paid."""
    await connection.execute(
        f"insert into recharge_way ({_WAY}) values (%s, %s, %s, %s, %s, %s, %s, %s)".encode(),
        (
            way.recharge,
            way.saves,
            way.consent,
            way.customer,
            way.method,
            way.answered_at,
            way.auto_person,
            way.ended_at,
        ),
    )


async def way_of(connection: Connection, *, recharge: UUID) -> Way | None:
    """How an order is paid; None for a plain page."""
    async with connection.cursor(row_factory=class_row(Way)) as cursor:
        await cursor.execute(
            f"select {_WAY} from recharge_way where recharge = %s".encode(), (recharge,)
        )
        return await cursor.fetchone()


async def mark_answered(connection: Connection, *, recharge: UUID, at: datetime) -> None:
    """The provider said what the charge of this order came to."""
    await connection.execute(
        "update recharge_way set answered_at = %s where recharge = %s and answered_at is null",
        (at, recharge),
    )


async def end_auto(connection: Connection, *, recharge: UUID, at: datetime) -> None:
    """Auto-recharge is done with this order."""
    await connection.execute(
        "update recharge_way set ended_at = %s where recharge = %s", (at, recharge)
    )
