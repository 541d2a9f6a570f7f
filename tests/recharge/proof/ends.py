"""What must hold of the orders, the purse and the house's accounts, step by step and in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.people import Viewer
from largesse.recharge import Recharge, Recharging, store
from largesse.recharge.model import PAID
from largesse.sandbox.model import Checkout, Status
from largesse.sandbox.till import Till
from tests.recharge.proof.plain import Asked, Truth, truth


async def rows(database: Database, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query says, as the application may see it."""
    async with database.read() as connection:
        found = await connection.execute(query.encode(), values)
        return await found.fetchall()


async def order_row(database: Database, order: UUID) -> Recharge:
    """An order as it stands."""
    async with database.read() as connection:
        found = await store.by_id(connection, recharge=order)
    assert found is not None
    return found


async def credited_only_if_paid(
    database: Database, order: Recharge, checkouts: Sequence[Checkout]
) -> None:
    """One credit at the most, only for the exact money, and once more for each refund that came back."""
    lots = await rows(
        database,
        "select coins, micro from ledger.lot where account = %s and source = %s and pool = 1",
        order.account,
        order.id,
    )
    returned = await rows(
        database,
        "select count(*) from recharge_refund where recharge = %s and state = 'returned'",
        order.id,
    )
    assert len(lots) == (1 + returned[0][0] if order.state in PAID else 0)
    if order.state in PAID:
        (checkout,) = checkouts
        assert checkout.status is Status.PAID
        assert (checkout.paid_amount, checkout.paid_currency) == (order.total, order.currency)
        assert lots[0] == (order.coins, order.total_money.micro)


async def the_purse_adds_up(database: Database, account: int, now: datetime) -> None:
    """What lots brought is there, or left by an act; nobody owes while they could pay."""
    async with database.read() as connection:
        purse = await ledger.purse(connection, account, at=now)
    came = await rows(
        database,
        "select coalesce(sum(coins), 0)::bigint from ledger.lot where account = %s and pool = 1",
        account,
    )
    went = await rows(
        database,
        "select coalesce(sum(paid), 0)::bigint from ledger.journal"
        " where account = %s and shape in (1, 4)",
        account,
    )
    assert purse.paid + purse.held_paid == came[0][0] - went[0][0]
    assert min(purse.paid, purse.promo, purse.held_paid, purse.held_promo, purse.debt) >= 0


async def everything_is_as_it_was_paid(
    database: Database, till: Till, recharging: Recharging, buyer: Viewer, spent_paid: int
) -> None:
    """Once everything was told: paid is credited, the rest is in suspense, and every sum is right."""
    found = await rows(database, "select id from recharge where account = %s", buyer.no)
    truths = [
        await _order_is_true(database, till, await order_row(database, order)) for (order,) in found
    ]
    async with database.read() as connection:
        purse = await ledger.purse(connection, buyer.no, at=recharging.clock.now())
    kept = sum(one.coins for one in truths)
    assert purse.paid + purse.held_paid - purse.debt == kept - spent_paid
    sums = await _house_sums(database, buyer.no)
    owed, fees = sum(one.owed for one in truths), sum(one.fees for one in truths)
    assert sums.get(10310, 0) == owed - fees, (sums, truths)
    assert sums.get(1602, 0) == fees, (sums, truths)


async def _order_is_true(database: Database, till: Till, order: Recharge) -> Truth:
    checkouts = till.store.checkouts_for(ids.show("rch", order.id))
    asked = [
        Asked(ids.show("rfd", refund), coins, amount)
        for refund, coins, amount in await rows(
            database,
            "select id, coins, amount from recharge_refund where recharge = %s",
            order.id,
        )
    ]
    expected = Truth(is_credited=False)
    if checkouts:
        expected = truth(
            checkouts[0],
            coins=order.coins,
            total=order.total,
            currency=order.currency,
            asked=asked,
        )
    assert (order.state in PAID) is expected.is_credited, (order.state, expected)
    odd = await rows(
        database,
        "select reason from suspense where reference = %s and resolved_at is null",
        order.reference,
    )
    assert {reason for (reason,) in odd} == expected.odd, (odd, expected, checkouts)
    waiting = await rows(
        database,
        "select fact from parked_fact where recharge = %s and applied_at is null",
        order.id,
    )
    assert not waiting or not expected.is_credited, waiting
    running = await rows(
        database,
        "select count(*) from recharge_refund where recharge = %s and ended_at is null",
        order.id,
    )
    assert running == [(0,)]
    return expected


async def _house_sums(database: Database, account: int) -> dict[int, int]:
    """What this buyer's acts left on the debit side of the house's accounts."""
    found = await rows(
        database,
        "select number, sum(amount)::bigint from (select debit as number, amount"
        "  from ledger.transfers where account = %s and asset > 2"
        "  union all select credit, -amount from ledger.transfers where account = %s and asset > 2)"
        " legs group by number",
        account,
        account,
    )
    return dict(found)
