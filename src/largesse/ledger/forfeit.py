"""Let the coins of a closed account go (journal J9); what they cost stops being owed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.money import MICRO_PLACES, NUMERIC, exponent
from largesse.ledger import escrow_store, lot_store, store
from largesse.ledger.chart import HOUSE, Kind, Shape, account
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import CoinsOwed, CoinsPromised, SpendingFrozen
from largesse.ledger.lot_store import CountryBasis
from largesse.ledger.model import Leg
from largesse.ledger.purse import fresh
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow, PurseRow

DEFERRED, BREAKAGE, UNCLAIMED = account(HOUSE, 400), account(HOUSE, 510), account(HOUSE, 450)


@dataclass(frozen=True, slots=True)
class Forfeit:
    """Close a purse for good.

    `unclaimed_in` are the countries whose law claims the money of forfeited coins that
    were bought there; elsewhere it is breakage. Which they are is a lawyer's decision.
    """

    id: UUID
    account: int
    key: str
    body: bytes
    at: datetime
    unclaimed_in: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Forfeited:
    """Coins that went: bought and won ones are forfeited, given ones expired. Micro is gross."""

    paid: int
    prize: int
    promo: int
    micro: int
    replayed: bool


async def forfeit(connection: Connection, order: Forfeit) -> Forfeited:
    """Take all coins out of a purse and stop owing what they cost, exactly once a key.

    Deferred revenue goes, net of tax, in whole minor units; the fraction below one stays
    with it. An empty purse leaves no journal. Raises `CoinsPromised` while anything is on
    hold or in escrow, `CoinsOwed`, `SpendingFrozen` or `IdempotencyConflict`.
    """
    purse = await fresh(connection, order.account, at=order.at)
    key, body = key_digest(order.key, of="forfeit"), digest(order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        return _forfeited(earlier, replayed=True)
    await _refuse_undecided(connection, purse)
    if purse.spendable == 0:
        return Forfeited(0, 0, 0, 0, replayed=False)
    costs = await lot_store.live_basis(
        connection, account=order.account, paid_out=purse.paid_out, prize_out=purse.prize_out
    )
    row = JournalRow(
        account=order.account,
        seq=await store.next_seq(connection),
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=Kind.FORFEITED,
        shape=Shape.FORFEIT,
        balance=0,
        promo=purse.promo,
        prize=purse.prize,
        paid=purse.paid,
        promo_from=purse.promo_out,
        prize_from=purse.prize_out,
        paid_from=purse.paid_out,
        micro=sum(cost.micro for cost in costs),
        tax_micro=sum(cost.tax_micro for cost in costs),
        fee_micro=sum(cost.fee_micro for cost in costs),
    )
    legs = money_legs(costs, currency=purse.currency, unclaimed_in=order.unclaimed_in)
    await store.add_journal(connection, row, legs)
    purse = replace(
        purse, promo_out=purse.promo_in, prize_out=purse.prize_in, paid_out=purse.paid_in
    )
    await store.write_purse(connection, purse)
    return _forfeited(row, replayed=False)


def money_legs(
    costs: list[CountryBasis], *, currency: str, unclaimed_in: frozenset[str]
) -> list[Leg]:
    """Deferred revenue to unclaimed property where law claims it, to breakage elsewhere.

    Both are rounded down together, so that they never say more than was owed.
    """
    unit = int(10 ** (MICRO_PLACES - exponent(currency)))
    whole = sum(cost.net_micro for cost in costs) // unit
    claimed = sum(cost.net_micro for cost in costs if cost.country in unclaimed_in) // unit
    asset = NUMERIC[currency]
    parts = ((UNCLAIMED, claimed), (BREAKAGE, whole - claimed))
    return [Leg(DEFERRED, target, amount, asset) for target, amount in parts if amount > 0]


async def _refuse_undecided(connection: Connection, purse: PurseRow) -> None:
    held = purse.held_paid + purse.held_promo + purse.held_prize
    if held or await escrow_store.has_open_escrow(connection, account=purse.account):
        raise CoinsPromised
    if purse.debt:
        raise CoinsOwed(coins=purse.debt)
    if purse.frozen:
        raise SpendingFrozen


def _forfeited(row: JournalRow, *, replayed: bool) -> Forfeited:
    return Forfeited(row.paid, row.prize, row.promo, row.micro, replayed=replayed)
