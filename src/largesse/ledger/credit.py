"""Credit coins: journals J1 and J1b (recharge) and J2 (bonus), in one act."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import NUMERIC, Money
from largesse.ledger import lot_store, store
from largesse.ledger.chart import Shape, account
from largesse.ledger.claims_model import COMMISSION, EARNED_LATER, TAX, Seller
from largesse.ledger.debt import repay
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import CurrencyMismatch
from largesse.ledger.laying import lay_again
from largesse.ledger.legs import pair
from largesse.ledger.lots import FOREVER, Lot, Pool, cut, relaid
from largesse.ledger.model import Credit, Credited, Leg
from largesse.ledger.purse import fresh
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow, PurseRow


async def credit(connection: Connection, order: Credit) -> Credited:
    """Put coins into a purse, with the money that was paid for them, exactly once a key.

    Paid coins become a lot that keeps its price, tax and fee; promo coins become a
    lot without a price that may expire, laid so that what expires first is spent first.
    Whoever owes coins pays them first, in a journal of its own.
    Raises `IdempotencyConflict`, `CurrencyMismatch`, or `NotFound` without a purse.
    """
    purse = await fresh(connection, order.account, at=order.at)
    key, body = key_digest(order.key, of="credit"), digest(order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        return await _as_it_was(connection, earlier)
    if order.price is not None and order.price.currency != purse.currency:
        raise CurrencyMismatch(expected=purse.currency, got=order.price.currency)

    row = JournalRow(
        account=order.account,
        seq=await store.next_seq(connection),
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=order.kind,
        shape=Shape.CREDIT,
        balance=purse.spendable + order.paid + order.promo,
        promo=order.promo,
        paid=order.paid,
        promo_from=purse.promo_in,
        paid_from=purse.paid_in,
        micro=_micro(order.price),
        tax_micro=_micro(order.tax),
        fee_micro=_micro(order.fee),
    )
    await store.add_journal(connection, row, _money_legs(order))
    purse = await _add_paid(connection, order, purse, row)
    purse = await _add_promo(connection, order, purse, row)
    paid_off = None
    if purse.debt and purse.paid:
        purse, paid_off = await repay(
            connection, purse, act=ids.make(), key=_key_of_debt(key), body=body, at=order.at
        )
    await store.write_purse(connection, purse)
    return _credited(row, paid_off, replayed=False)


def _money_legs(order: Credit) -> list[Leg]:
    """J1: the provider owes us the gross; the tax is not ours, the rest is not earned yet.

    J1b: a store is the seller. It owes us what it does not keep, and the tax is its own.
    """
    if order.price is None:
        return []
    asset = NUMERIC[order.price.currency]
    net = order.gross_minor - order.tax_minor
    if order.seller is Seller.STORE:
        owed = net - order.fee_minor
        return pair(
            [(account(order.clearing, 312), owed), (COMMISSION, order.fee_minor)],
            [(EARNED_LATER, net)],
            asset=asset,
        )
    return pair(
        [(account(order.clearing, 310), order.gross_minor)],
        [(EARNED_LATER, net), (TAX, order.tax_minor)],
        asset=asset,
    )


async def _add_paid(
    connection: Connection, order: Credit, purse: PurseRow, row: JournalRow
) -> PurseRow:
    if not order.paid:
        return purse
    lot = replace(
        _lot(order, purse, row, pool=Pool.PAID, coins=order.paid),
        micro=row.micro,
        tax_micro=row.tax_micro,
        fee_micro=row.fee_micro,
    )
    await lot_store.add_lot(connection, lot)
    span = lot.laid(start=purse.paid_in)
    await lot_store.add_spans(connection, account=lot.account, pool=Pool.PAID, spans=[span])
    purse = replace(purse, paid_in=purse.paid_in + lot.coins)
    # Coins that a refund or a dispute is about stay behind all others.
    return await lay_again(connection, purse, Pool.PAID) if purse.held_paid else purse


async def _add_promo(
    connection: Connection, order: Credit, purse: PurseRow, row: JournalRow
) -> PurseRow:
    if not order.promo:
        return purse
    lot = replace(
        _lot(order, purse, row, pool=Pool.PROMO, coins=order.promo), expires=order.promo_expires
    )
    await lot_store.add_lot(connection, lot)
    expires = order.promo_expires or FOREVER
    promo_in = purse.promo_in + lot.coins
    newcomer = lot.laid(start=purse.promo_in)
    live = await lot_store.live_spans(
        connection, account=lot.account, pool=Pool.PROMO, serial=purse.promo_out
    )
    spans = [newcomer]
    if live and live[-1].expires > expires:
        spent, live[0] = cut(live[0], purse.promo_out)
        spans = relaid(live, start=purse.promo_out, newcomer=newcomer)
        if spent is not None:
            spans.insert(0, spent)
        await lot_store.lift_spans(
            connection, account=lot.account, pool=Pool.PROMO, serial=purse.promo_out
        )
    await lot_store.add_spans(connection, account=lot.account, pool=Pool.PROMO, spans=spans)
    soonest = min(purse.promo_until or FOREVER, expires)
    purse = replace(purse, promo_in=promo_in, promo_until=None if soonest == FOREVER else soonest)
    return await lay_again(connection, purse, Pool.PROMO) if purse.held_promo else purse


def _lot(order: Credit, purse: PurseRow, row: JournalRow, *, pool: Pool, coins: int) -> Lot:
    return Lot(
        account=order.account,
        id=ids.make(),
        seq=row.seq,
        pool=pool,
        coins=coins,
        currency=purse.currency,
        country=order.country,
        origin=order.origin,
        source=order.source,
    )


def _micro(money: Money | None) -> int:
    return money.micro if money is not None else 0


def _key_of_debt(key: UUID) -> UUID:
    return digest(b"debt:" + key.bytes)


async def _as_it_was(connection: Connection, row: JournalRow) -> Credited:
    paid_off = await store.journal_by_key(
        connection, account=row.account, key=_key_of_debt(row.key)
    )
    return _credited(row, paid_off, replayed=True)


def _credited(row: JournalRow, paid_off: JournalRow | None, *, replayed: bool) -> Credited:
    return Credited(
        id=row.id,
        seq=row.seq,
        account=row.account,
        at=row.at,
        paid=row.paid,
        promo=row.promo,
        balance=paid_off.balance if paid_off else row.balance,
        replayed=replayed,
        repaid=paid_off.paid if paid_off else 0,
    )
