"""A person's purse: opened once, read often, limited and frozen by its owner or the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.kernel.money import NUMERIC
from largesse.ledger import store
from largesse.ledger.claims_model import Freeze
from largesse.ledger.model import Basis, Limits, Purse
from largesse.ledger.rules import periods, whole
from largesse.ledger.store import PurseRow

# The reasons that a person gives; the others come and go with what they are about.
BY_HAND = (Freeze.OPERATOR, Freeze.SECURITY)


async def open_purse(connection: Connection, *, account: int, currency: str, at: datetime) -> None:
    """Give a person an empty purse in their currency; a second time does nothing."""
    assert currency in NUMERIC, f"the books have no number for {currency}"
    await store.add_purse(connection, account=account, currency=currency, at=at)


async def purse(connection: Connection, account: int, *, at: datetime) -> Purse:
    """What a person has now. Promo coins whose time is over no longer count."""
    row = await store.purse_row(connection, account)
    if row is None:
        raise NotFound
    micro, _, _ = await store.cost(
        connection,
        account=account,
        paid=(row.paid_out, row.paid_in),
        prize=(row.prize_out, row.prize_in),
    )
    day, week, month = row.spent(periods(at))
    return Purse(
        account=account,
        currency=row.currency,
        paid=row.paid,
        promo=row.promo - await _overdue_promo(connection, row, at=at),
        prize=row.prize,
        held_paid=row.held_paid,
        held_promo=row.held_promo,
        held_prize=row.held_prize,
        spent_day_micro=day,
        spent_week_micro=week,
        spent_month_micro=month,
        limits=Limits(row.day_limit, row.week_limit, row.month_limit),
        basis_micro=micro,
        promo_until=row.promo_until if row.promo + row.held_promo else None,
        debt=row.debt,
        frozen_for=Freeze(row.frozen_for),
    )


async def purses_below(connection: Connection, floors: Mapping[int, int]) -> set[int]:
    """Those of some people who can spend fewer coins than their floor.

    One look at the purses themselves, without locks. Promo coins whose time is over count
    until they have left, so whoever acts on it asks `purse` once more.
    """
    return await store.purses_below(connection, accounts=list(floors), floors=list(floors.values()))


async def next_basis(connection: Connection, account: int, *, coins: int, at: datetime) -> Basis:
    """What the next `coins` would cost this buyer: promo first, then prize, then the oldest paid.

    Where the purse has fewer, the missing ones are left out of the parts.
    """
    whole(coins, "coins", least=1)
    row = await store.purse_row(connection, account)
    if row is None:
        raise NotFound
    usable_promo = row.promo - await _overdue_promo(connection, row, at=at)
    promo = min(usable_promo, coins)
    prize = min(row.prize, coins - promo)
    paid = min(row.paid, coins - promo - prize)
    micro, tax_micro, fee_micro = await store.cost(
        connection,
        account=account,
        paid=(row.paid_out, row.paid_out + paid),
        prize=(row.prize_out, row.prize_out + prize),
    )
    return Basis(coins, promo, paid, micro, tax_micro, fee_micro, row.currency, prize)


async def set_limits(connection: Connection, *, account: int, limits: Limits) -> None:
    """Set the gift budget, in micro of the purse's currency; it holds from the next act on.

    When a raise becomes valid is the wallet's rule, not the ledger's.
    """
    for name, limit in (("day", limits.day), ("week", limits.week), ("month", limits.month)):
        if limit is not None:
            whole(limit, name, least=0)
    row = await locked(connection, account)
    await store.write_purse(
        connection,
        replace(row, day_limit=limits.day, week_limit=limits.week, month_limit=limits.month),
    )


async def freeze(connection: Connection, *, account: int, reason: Freeze = Freeze.OPERATOR) -> None:
    """Stop all spending from a purse; what enters still enters."""
    assert reason in BY_HAND, "a dispute and a debt freeze by themselves"
    row = await locked(connection, account)
    await store.write_purse(connection, replace(row, frozen_for=row.frozen_for | reason))


async def thaw(connection: Connection, *, account: int, reason: Freeze = Freeze.OPERATOR) -> None:
    """Allow spending again, unless another reason stays: coins owed, a payment disputed."""
    assert reason in BY_HAND, "a dispute and a debt end by themselves"
    row = await locked(connection, account)
    await store.write_purse(connection, replace(row, frozen_for=row.frozen_for & ~reason))


async def locked(connection: Connection, account: int) -> PurseRow:
    """The purse, locked until the caller's transaction ends."""
    row = await store.purse_row(connection, account, lock=True)
    if row is None:
        raise NotFound
    return row


async def fresh(connection: Connection, account: int, *, at: datetime) -> PurseRow:
    """The purse, locked, after overdue promo coins have left it."""
    row = await locked(connection, account)
    if row.promo_until is None or row.promo_until > at:
        return row
    await store.expire_promo(connection, account=account, at=at)
    return await locked(connection, account)


async def _overdue_promo(connection: Connection, row: PurseRow, *, at: datetime) -> int:
    if row.promo_until is None or row.promo_until > at:
        return 0
    return await store.overdue_promo(connection, account=row.account, at=at)
