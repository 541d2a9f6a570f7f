"""All SQL about app stores: their products, what they still have to hear, and what they were asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection


@dataclass(frozen=True, slots=True)
class Product:
    """A pack as a store sells it."""

    pack: UUID
    product: str
    price: int


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a store still has to hear about a purchase."""

    provider: str
    payment: str
    purchase: str
    recharge: UUID
    product: str
    made_at: datetime
    due_at: datetime
    attempts: int = 0
    alarmed_at: datetime | None = None


async def products(connection: Connection, *, provider: str, country: str) -> dict[UUID, Product]:
    """What a store sells in a price list, by pack."""
    async with connection.cursor(row_factory=class_row(Product)) as cursor:
        await cursor.execute(
            "select pack, product, price from store_product"
            " where provider = %s and country = %s and is_offered",
            (provider, country),
        )
        return {one.pack: one for one in await cursor.fetchall()}


async def note_purchase(
    connection: Connection, *, recharge: UUID, provider: str, purchase: str
) -> None:
    """Remember which purchase named an order that waits for one, so that it can be asked about."""
    await connection.execute(
        "update recharge set checkout = %s where id = %s and provider = %s and checkout is distinct from %s"
        " and state in ('awaiting_payment', 'processing', 'expired', 'cancelled')",
        (purchase, recharge, provider, purchase),
    )


async def owe_acknowledgement(connection: Connection, owed: Acknowledgement) -> None:
    """Promise to tell the store; in the transaction that gives the coins."""
    await connection.execute(
        "insert into store_acknowledgement (provider, payment, purchase, recharge, product,"
        " made_at, due_at) values (%s, %s, %s, %s, %s, %s, %s)",
        (
            owed.provider,
            owed.payment,
            owed.purchase,
            owed.recharge,
            owed.product,
            owed.made_at,
            owed.due_at,
        ),
    )


async def claim_acknowledgements(
    connection: Connection, *, now: datetime, until: datetime, limit: int
) -> list[Acknowledgement]:
    """What stores have to be told now. It is ours until `until`, then due again."""
    async with connection.cursor(row_factory=class_row(Acknowledgement)) as cursor:
        await cursor.execute(
            "update store_acknowledgement set due_at = %s, attempts = attempts + 1"
            " where (provider, payment) in (select provider, payment from store_acknowledgement"
            " where acknowledged_at is null and due_at <= %s order by due_at limit %s"
            " for update skip locked) returning provider, payment, purchase, recharge, product,"
            " made_at, due_at, attempts, alarmed_at",
            (until, now, limit),
        )
        return await cursor.fetchall()


async def acknowledged(
    connection: Connection, *, provider: str, payment: str, at: datetime
) -> None:
    """The store said yes."""
    await connection.execute(
        "update store_acknowledgement set acknowledged_at = %s where provider = %s"
        " and payment = %s and acknowledged_at is null",
        (at, provider, payment),
    )


async def acknowledge_later(
    connection: Connection,
    *,
    provider: str,
    payment: str,
    due_at: datetime,
    alarmed_at: datetime | None,
) -> None:
    """The store did not say yes; tell it again then."""
    await connection.execute(
        "update store_acknowledgement set due_at = %s, alarmed_at = %s where provider = %s"
        " and payment = %s and acknowledged_at is null",
        (due_at, alarmed_at, provider, payment),
    )


async def count_alarms(connection: Connection) -> int:
    """How many purchases a store is about to give back because it was not told."""
    rows = await connection.execute(
        "select count(*) from store_acknowledgement where acknowledged_at is null"
        " and alarmed_at is not null"
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row[0])


async def claim_watch(
    connection: Connection, *, provider: str, first: datetime, now: datetime, until: datetime
) -> datetime | None:
    """Up to when this store was asked, if it is time to ask again; ours until `until`."""
    rows = await connection.execute(
        "insert into store_watch (provider, seen_until, due_at) values (%(provider)s, %(first)s,"
        " %(until)s) on conflict (provider) do update set due_at = %(until)s"
        " where store_watch.due_at <= %(now)s returning seen_until",
        {"provider": provider, "first": first, "now": now, "until": until},
    )
    row = await rows.fetchone()
    return None if row is None else row[0]


async def watched(
    connection: Connection, *, provider: str, seen_until: datetime, due_at: datetime
) -> None:
    """Remember how far a store was asked, and when to ask next."""
    await connection.execute(
        "update store_watch set seen_until = greatest(seen_until, %s), due_at = %s"
        " where provider = %s",
        (seen_until, due_at, provider),
    )
