"""All SQL of offers and coupons: who may have them, and who used them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.recharge.model import State
from largesse.recharge.reductions.model import Coupon

_COUPON = (
    "id, name, percent_bps, amount, currency, promo_coins, starts_at, ends_at, uses_max,"
    " account_uses_max, coins_min, packs, uses"
)
# Namespaces the lock of an account's tries among all advisory locks.
_TRIES_LOCK = 0x6C617268
# States of orders that brought coins, whatever became of them.
_BOUGHT = [
    str(state)
    for state in (
        State.CREDITED,
        State.PARTIALLY_REFUNDED,
        State.REFUNDED,
        State.DISPUTED,
        State.LOST,
    )
]


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer as it is kept."""

    id: UUID
    pack: UUID
    name: str
    price: int | None
    promo_coins: int
    is_first: bool
    joined_hours: int | None
    ends_at: datetime | None


async def offers(connection: Connection, *, packs: Sequence[UUID], now: datetime) -> list[OfferRow]:
    """The offers on some packs that are open to somebody now."""
    async with connection.cursor(row_factory=class_row(OfferRow)) as cursor:
        await cursor.execute(
            "select id, pack, name, price, promo_coins, is_first, joined_hours, ends_at from offer"
            " where pack = any (%s) and starts_at <= %s and (ends_at is null or ends_at > %s)"
            " order by id",
            (list(packs), now, now),
        )
        return await cursor.fetchall()


async def offer_is_first(connection: Connection, *, offer: UUID) -> bool:
    """Whether an offer is for an account's first recharge."""
    rows = await connection.execute("select is_first from offer where id = %s", (offer,))
    row = await rows.fetchone()
    return row is not None and bool(row[0])


async def joined_at(connection: Connection, *, account: int) -> datetime | None:
    """When somebody signed up."""
    rows = await connection.execute("select joined_at from person where no = %s", (account,))
    row = await rows.fetchone()
    return None if row is None else row[0]


async def has_recharged(connection: Connection, *, account: int) -> bool:
    """Whether this account ever got coins for money, or has its first-recharge offer under way."""
    rows = await connection.execute(
        "select exists (select from recharge where account = %(account)s and state = any (%(bought)s))"
        " or exists (select from first_offer_use where account = %(account)s"
        " and released_at is null)",
        {"account": account, "bought": _BOUGHT},
    )
    row = await rows.fetchone()
    assert row is not None
    return bool(row[0])


async def use_first_offer(
    connection: Connection, *, recharge: UUID, offer: UUID, account: int, at: datetime
) -> bool:
    """Use up the first-recharge offer of an account; False when another order has it.

    Waits for an order that is using it up at this moment.
    """
    inserted = await connection.execute(
        "insert into first_offer_use (recharge, offer, account, at) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        (recharge, offer, account, at),
    )
    return inserted.rowcount == 1


async def release_first_offer(connection: Connection, *, recharge: UUID, at: datetime) -> None:
    """Give the first-recharge offer back to its account."""
    await connection.execute(
        "update first_offer_use set released_at = %s where recharge = %s and released_at is null",
        (at, recharge),
    )


async def coupon_by_code(connection: Connection, *, code: str) -> Coupon | None:
    """The coupon with this code."""
    async with connection.cursor(row_factory=class_row(Coupon)) as cursor:
        await cursor.execute(f"select {_COUPON} from coupon where code = %s".encode(), (code,))
        return await cursor.fetchone()


async def insert_coupon(connection: Connection, coupon: Coupon, *, code: str) -> bool:
    """Write a coupon down; False when its code is taken."""
    values = {field.name: getattr(coupon, field.name) for field in fields(coupon)}
    placed = ", ".join(f"%({name})s" for name in values)
    inserted = await connection.execute(
        f"insert into coupon (code, {', '.join(values)}) values (%(code)s, {placed})"
        " on conflict (code) do nothing".encode(),
        values | {"code": code},
    )
    return inserted.rowcount == 1


async def locked_coupon(connection: Connection, *, coupon: UUID) -> Coupon:
    """A coupon, held until the transaction ends, so that its last use goes to one order."""
    async with connection.cursor(row_factory=class_row(Coupon)) as cursor:
        await cursor.execute(
            f"select {_COUPON} from coupon where id = %s for update".encode(), (coupon,)
        )
        found = await cursor.fetchone()
    assert found is not None
    return found


async def own_uses(connection: Connection, *, coupon: UUID, account: int) -> int:
    """How many orders of an account use a coupon."""
    rows = await connection.execute(
        "select count(*) from coupon_use where coupon = %s and account = %s"
        " and released_at is null",
        (coupon, account),
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row[0])


async def use_coupon(
    connection: Connection, *, recharge: UUID, coupon: UUID, account: int, at: datetime
) -> None:
    """Use a coupon up by an order; the caller holds the coupon."""
    await connection.execute(
        "with used as (insert into coupon_use (recharge, coupon, account, at)"
        " values (%(recharge)s, %(coupon)s, %(account)s, %(at)s))"
        " update coupon set uses = uses + 1 where id = %(coupon)s",
        {"recharge": recharge, "coupon": coupon, "account": account, "at": at},
    )


async def release_coupon(connection: Connection, *, recharge: UUID, at: datetime) -> None:
    """Give a coupon's use back; twice is the same as once."""
    await connection.execute(
        "with released as (update coupon_use set released_at = %s where recharge = %s"
        " and released_at is null returning coupon)"
        " update coupon set uses = uses - 1 from released where id = released.coupon",
        (at, recharge),
    )


async def use_coupon_late(connection: Connection, *, recharge: UUID) -> None:
    """Count a use again that was given back too early, since its order was paid after all."""
    await connection.execute(
        "with again as (update coupon_use set released_at = null where recharge = %s"
        " and released_at is not null returning coupon)"
        " update coupon set uses = uses + 1 from again where id = again.coupon",
        (recharge,),
    )


async def begin_try(
    connection: Connection, *, attempt: UUID, account: int, at: datetime, since: datetime, most: int
) -> bool:
    """Count a code before it is looked at, so that many at once count too; False when too many."""
    await connection.execute(
        "select pg_advisory_xact_lock(%s, hashint8(%s))", (_TRIES_LOCK, account)
    )
    await connection.execute(
        "delete from coupon_refusal where account = %s and at <= %s", (account, since)
    )
    counted = await connection.execute(
        "insert into coupon_refusal (id, account, at) select %s, %s, %s"
        " where (select count(*) from coupon_refusal where account = %s) < %s",
        (attempt, account, at, account, most),
    )
    return counted.rowcount == 1


async def forget_try(connection: Connection, *, attempt: UUID) -> None:
    """A code that worked does not count, nor one that was never looked at."""
    await connection.execute("delete from coupon_refusal where id = %s", (attempt,))
