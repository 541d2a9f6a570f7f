"""All SQL of recharging: price lists, orders, timelines and suspense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from largesse.kernel.database import Connection
from largesse.recharge.model import Recharge, State, Step
from largesse.recharge.price import Pack, PriceList

_COLUMNS = ", ".join(field.name for field in fields(Recharge))
_VALUES = ", ".join(f"%({field.name})s" for field in fields(Recharge))


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay in one country, and which provider carries it out.

    `amount_min` and `amount_max` are what it takes, in minor units of the country's currency;
    None is no limit.
    """

    code: str
    name: str
    provider: str
    currency: str
    channel: str = "web"
    amount_min: int | None = None
    amount_max: int | None = None

    def takes(self, amount: int) -> bool:
        """Whether this much can be paid with it."""
        return (self.amount_min or 0) <= amount <= (self.amount_max or amount)


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One line of an order's timeline, as it was written."""

    at: datetime
    what: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Suspense:
    """A payment that is kept apart until a person has looked at it."""

    id: UUID
    at: datetime
    provider: str
    payment: str
    reason: str
    reference: str
    recharge: UUID | None
    amount: int | None
    currency: str | None


async def price_list(connection: Connection, *, country: str, now: datetime) -> PriceList | None:
    """The price list of a country with its tax of today, if it has one of its own."""
    async with connection.cursor(row_factory=class_row(PriceList)) as cursor:
        await cursor.execute(
            "select country, currency, coins_min, coins_max, name as tax_name, bps as tax_bps,"
            " is_inclusive as is_tax_inclusive from price_list join tax_rate using (country)"
            " where country = %s and valid_from <= %s order by valid_from desc limit 1",
            (country, now),
        )
        return await cursor.fetchone()


async def has_list(connection: Connection, *, country: str) -> bool:
    """Whether a country has a price list of its own."""
    rows = await connection.execute("select from price_list where country = %s", (country,))
    return await rows.fetchone() is not None


async def packs(connection: Connection, *, country: str) -> list[Pack]:
    """The packs on offer in a list, smallest first."""
    async with connection.cursor(row_factory=class_row(Pack)) as cursor:
        await cursor.execute(
            "select id, coins, promo_coins, price from pack"
            " where country = %s and is_offered order by coins",
            (country,),
        )
        return await cursor.fetchall()


async def methods(
    connection: Connection, *, country: str, providers: Sequence[str], channel: str | None = "web"
) -> list[PaymentMethod]:
    """The ways to pay in a country, each with the first of the working providers that offer it.

    Without a channel, those of all of them.
    """
    async with connection.cursor(row_factory=class_row(PaymentMethod)) as cursor:
        await cursor.execute(
            "select code, name, provider, currency::text, channel, amount_min, amount_max"
            " from (select distinct on (code) * from payment_method where country = %(country)s"
            " and is_offered and provider = any (%(providers)s)"
            " and (%(channel)s::text is null or channel = %(channel)s)"
            " order by code, rank, provider) best join price_list using (country)"
            " order by position, code",
            {"country": country, "providers": list(providers), "channel": channel},
        )
        return await cursor.fetchall()


async def insert(connection: Connection, recharge: Recharge) -> None:
    """Write a new order down."""
    await connection.execute(
        f"insert into recharge ({_COLUMNS}) values ({_VALUES})".encode(), _row(recharge)
    )


async def update(connection: Connection, recharge: Recharge) -> None:
    """Write down how far an order has come; what was promised in the review never changes."""
    await connection.execute(
        "update recharge set state = %(state)s, attempts_done = %(attempts_done)s,"
        " given_back = %(given_back)s, attempts_seen = %(attempts_seen)s, dispute = %(dispute)s, checkout = %(checkout)s,"
        " checkout_url = %(checkout_url)s, expires_at = %(expires_at)s,"
        " confirmed_at = %(confirmed_at)s, terms_accepted_at = %(terms_accepted_at)s,"
        " next_check_at = %(next_check_at)s where id = %(id)s",
        _row(recharge),
    )


async def locked(connection: Connection, *, recharge: UUID) -> Recharge | None:
    """An order, held until the transaction ends, so that only one fact moves it at a time."""
    return await _one(connection, "id = %(id)s for update", {"id": recharge})


async def by_id(connection: Connection, *, recharge: UUID) -> Recharge | None:
    """An order as it stands."""
    return await _one(connection, "id = %(id)s", {"id": recharge})


async def by_person(
    connection: Connection, *, account: int, before: UUID | None, limit: int
) -> list[Recharge]:
    """A person's orders, newest first."""
    async with connection.cursor(row_factory=kwargs_row(_recharge)) as cursor:
        await cursor.execute(
            f"select {_COLUMNS} from recharge where account = %(account)s"
            " and (%(before)s::uuid is null or id < %(before)s)"
            " order by id desc limit %(limit)s".encode(),
            {"account": account, "before": before, "limit": limit},
        )
        return await cursor.fetchall()


async def claim_due(
    connection: Connection, *, now: datetime, until: datetime, limit: int
) -> list[UUID]:
    """Orders whose provider has to be asked now. They are ours until `until`, then due again."""
    rows = await connection.execute(
        "update recharge set next_check_at = %s where id in (select id from recharge"
        " where next_check_at <= %s order by next_check_at limit %s for update skip locked)"
        " returning id",
        (until, now, limit),
    )
    return [row[0] for row in await rows.fetchall()]


async def postpone(connection: Connection, *, recharge: UUID, until: datetime) -> None:
    """Ask about an order only then."""
    await connection.execute(
        "update recharge set next_check_at = %s where id = %s and next_check_at is not null",
        (until, recharge),
    )


async def due_to_expire(connection: Connection, *, now: datetime, limit: int) -> list[UUID]:
    """Orders that waited long enough."""
    rows = await connection.execute(
        "select id from recharge where state in ('review', 'awaiting_payment')"
        " and expires_at <= %s order by expires_at limit %s",
        (now, limit),
    )
    return [row[0] for row in await rows.fetchall()]


async def add_step(connection: Connection, recharge: UUID, step: Step, *, at: datetime) -> None:
    """Add a line to an order's timeline; the caller holds the order's row."""
    await connection.execute(
        "insert into recharge_step (recharge, number, at, what, facts) select %(id)s,"
        " coalesce(max(number), 0) + 1, %(at)s, %(what)s, %(facts)s"
        " from recharge_step where recharge = %(id)s",
        {"id": recharge, "at": at, "what": step.what, "facts": Jsonb(step.facts)},
    )


async def last_step(connection: Connection, *, recharge: UUID) -> str | None:
    """What happened to an order last."""
    rows = await connection.execute(
        "select what from recharge_step where recharge = %s order by number desc limit 1",
        (recharge,),
    )
    row = await rows.fetchone()
    return None if row is None else str(row[0])


async def timelines(
    connection: Connection, *, recharges: Sequence[UUID]
) -> dict[UUID, list[TimelineRow]]:
    """Everything that happened to some orders, oldest first."""
    found: dict[UUID, list[TimelineRow]] = {recharge: [] for recharge in recharges}
    rows = await connection.execute(
        "select recharge, at, what, facts from recharge_step where recharge = any (%s)"
        " order by recharge, number",
        (list(recharges),),
    )
    for recharge, at, what, facts in await rows.fetchall():
        found[recharge].append(TimelineRow(at=at, what=what, facts=facts))
    return found


async def whose_payment(connection: Connection, *, provider: str, payment: str) -> UUID | None:
    """The order that this payment was for; waits while another transaction is claiming it."""
    rows = await connection.execute(
        "select recharge from recharge_payment where provider = %s and payment = %s for share",
        (provider, payment),
    )
    row = await rows.fetchone()
    return None if row is None else row[0]


async def claim_payment(
    connection: Connection, *, provider: str, payment: str, recharge: UUID, at: datetime
) -> None:
    """Note that this payment is this order's and nobody else's; a second order's claim fails."""
    await connection.execute(
        "insert into recharge_payment (provider, payment, recharge, at) values (%s, %s, %s, %s)",
        (provider, payment, recharge, at),
    )


async def insert_suspense(connection: Connection, suspense: Suspense) -> bool:
    """Set a payment aside; False when it already lies there for the same reason."""
    inserted = await connection.execute(
        "insert into suspense (id, at, provider, payment, reason, reference, recharge, amount,"
        " currency) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
        # A sum that grew since is the one to look at, also after somebody had decided about less.
        " on conflict (provider, payment, reason) do update set amount = excluded.amount,"
        " resolved_at = null where suspense.amount < excluded.amount",
        (
            suspense.id,
            suspense.at,
            suspense.provider,
            suspense.payment,
            suspense.reason,
            suspense.reference,
            suspense.recharge,
            suspense.amount,
            suspense.currency,
        ),
    )
    return inserted.rowcount == 1


async def _one(connection: Connection, where: str, values: dict[str, Any]) -> Recharge | None:
    async with connection.cursor(row_factory=kwargs_row(_recharge)) as cursor:
        await cursor.execute(f"select {_COLUMNS} from recharge where {where}".encode(), values)
        return await cursor.fetchone()


def _row(recharge: Recharge) -> dict[str, Any]:
    row = {field.name: getattr(recharge, field.name) for field in fields(Recharge)}
    return row | {"state": str(recharge.state)}


def _recharge(**row: Any) -> Recharge:
    return Recharge(**row | {"state": State(row["state"])})
