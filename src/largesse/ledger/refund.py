"""Refund the unspent coins of a recharge: journal J6.

First the coins are set aside, then the provider is asked with the refund's id as its
key, and only its answer decides: nothing in here ends a refund by the clock. What is
refunded are the coins of that recharge that are still there, wherever they lie in the
purse, and the bonus that came with them. The gift budget is not touched.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.kernel.money import NUMERIC
from largesse.ledger import dispute_store, earmark_store, hold_store, sale_store, store
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.claims_model import (
    COMMISSION,
    EARNED_LATER,
    TAX,
    ClaimState,
    Cost,
    Decision,
    Refund,
    Refundable,
    RefundOrder,
    Sale,
)
from largesse.ledger.deciding import decided, decision_row
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import (
    CoinsOwed,
    DisputeLost,
    DisputeOpen,
    LedgerError,
    NothingToRefund,
    RefundNotFound,
    RefundOpen,
    RefundPosted,
    RefundVoided,
)
from largesse.ledger.laying import (
    bring_forward,
    certain_hold,
    coins_in,
    give_back,
    set_aside,
    unspent,
)
from largesse.ledger.legs import pair
from largesse.ledger.lots import Pool
from largesse.ledger.model import Hold, HoldState, Leg
from largesse.ledger.purse import fresh, locked
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow, PurseRow


async def hold_refund(connection: Connection, order: RefundOrder) -> Refund:
    """Set the unspent coins of a recharge aside; the same key answers with the same refund.

    `Refund.money` is what to ask the provider for. Raises `NotFound`, `NothingToRefund`,
    `RefundOpen`, `DisputeOpen`, `DisputeLost`, `CoinsOwed` or `IdempotencyConflict`.
    """
    purse = await fresh(connection, order.account, at=order.at)
    key = key_digest(order.key, of="refund")
    body = digest(order.source.bytes + order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        return await _as_it_was(connection, earlier, refund=earlier.id)
    sale = await _refundable(connection, purse, order.source)
    earmarks = await unspent(connection, purse, sale)
    cost = await earmark_store.cost(connection, account=order.account, earmarks=earmarks)
    # Coins that cost less than a cent would be taken for nothing.
    if sale.gross_of(cost).amount == 0:
        raise NothingToRefund

    seq = await store.next_seq(connection)
    hold = certain_hold(
        act=order.id, seq=seq, at=order.at, kind=Kind.REFUND, sale=sale, earmarks=earmarks
    )
    row = JournalRow(
        account=order.account,
        seq=seq,
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=Kind.REFUND,
        shape=Shape.HOLD,
        balance=purse.spendable - hold.coins,
        promo=hold.promo,
        paid=hold.paid,
        micro=cost.micro,
        tax_micro=cost.tax,
        fee_micro=cost.fee,
    )
    await store.add_journal(connection, row)
    purse = await set_aside(connection, purse, hold, earmarks)
    await store.write_purse(connection, purse)
    return _refund(row, hold, sale, cost=cost, replayed=False)


async def refundable(
    connection: Connection, *, account: int, source: UUID, at: datetime
) -> Refundable | None:
    """What a refund of this recharge would take now; None where there is none. Changes nothing."""
    purse = await store.purse_row(connection, account)
    if purse is None:
        raise NotFound
    try:
        sale = await _refundable(connection, purse, source)
    except (NotFound, LedgerError):
        return None
    earmarks = await unspent(connection, purse, sale)
    money = sale.gross_of(await earmark_store.cost(connection, account=account, earmarks=earmarks))
    if money.amount == 0:
        return None
    overdue = await sale_store.bonus_is_overdue(connection, account=account, source=source, at=at)
    promo = 0 if overdue else coins_in(earmarks, Pool.PROMO)
    return Refundable(coins_in(earmarks, Pool.PAID), promo, money)


async def post_refund(connection: Connection, decision: Decision) -> Refund:
    """The provider has paid it back: the coins are gone, and the money leaves what it owes us.

    At most once a refund; the same key answers again. Raises `RefundNotFound`,
    `RefundPosted`, `RefundVoided` or `IdempotencyConflict`.
    """
    purse = await locked(connection, decision.account)
    earlier = await decided(connection, decision)
    if earlier is not None:
        return await _as_it_was(connection, earlier, refund=decision.on)
    hold, sale = await _open(connection, decision)
    earmarks = await earmark_store.earmarks_of(
        connection, account=decision.account, hold=decision.on
    )
    purse, cost = await bring_forward(connection, purse, earmarks)
    row = replace(
        await decision_row(connection, decision, kind=Kind.REFUND, balance=purse.spendable),
        shape=Shape.POST,
        promo=hold.promo,
        paid=hold.paid,
        paid_from=purse.paid_out,
        promo_from=purse.promo_out,
        micro=cost.micro,
        tax_micro=cost.tax,
        fee_micro=cost.fee,
    )
    await store.add_journal(connection, row, _money_back(sale, cost))
    await hold_store.close(connection, hold, state=HoldState.POSTED, seq=row.seq)
    await store.write_purse(
        connection,
        replace(
            purse,
            paid_out=purse.paid_out + hold.paid,
            promo_out=purse.promo_out + hold.promo,
            held_paid=purse.held_paid - hold.paid,
            held_promo=purse.held_promo - hold.promo,
        ),
    )
    hold = replace(hold, state=HoldState.POSTED)
    return _refund(row, hold, sale, cost=cost, replayed=False)


async def void_refund(connection: Connection, decision: Decision) -> Refund:
    """The provider has not paid it back: the coins are in the purse again, in their old place.

    At most once, as for `post_refund`.
    """
    purse = await locked(connection, decision.account)
    earlier = await decided(connection, decision)
    if earlier is not None:
        return await _as_it_was(connection, earlier, refund=decision.on)
    hold, sale = await _open(connection, decision)
    cost = await _cost(connection, hold)
    row = replace(
        await decision_row(
            connection, decision, kind=Kind.REFUND, balance=purse.spendable + hold.coins
        ),
        shape=Shape.VOID,
        promo=hold.promo,
        paid=hold.paid,
    )
    await store.add_journal(connection, row)
    purse = await give_back(connection, purse, hold, seq=row.seq)
    await store.write_purse(connection, purse)
    # Promo coins may have run out of time while they were on hold.
    await fresh(connection, decision.account, at=decision.at)
    hold = replace(hold, state=HoldState.VOIDED)
    return _refund(row, hold, sale, cost=cost, replayed=False)


async def _refundable(connection: Connection, purse: PurseRow, source: UUID) -> Sale:
    sale = await sale_store.sale(connection, account=purse.account, source=source)
    if sale is None:
        raise NotFound
    dispute = await dispute_store.unresolved(connection, account=purse.account, source=source)
    if dispute is not None:
        raise DisputeOpen if dispute.state == ClaimState.OPEN else DisputeLost
    if await sale_store.open_refund(connection, account=purse.account, source=source):
        raise RefundOpen
    if purse.debt:
        raise CoinsOwed(coins=purse.debt)
    return sale


async def _open(connection: Connection, decision: Decision) -> tuple[Hold, Sale]:
    hold = await hold_store.hold_row(connection, account=decision.account, hold=decision.on)
    match hold:
        case None:
            raise RefundNotFound
        case Hold(kind=kind) if kind is not Kind.REFUND:
            raise RefundNotFound
        case Hold(state=HoldState.POSTED):
            raise RefundPosted
        case Hold(state=HoldState.VOIDED):
            raise RefundVoided
        case _:
            return hold, await _sale_of(connection, decision.account, decision.on)


async def _sale_of(connection: Connection, account: int, hold: UUID) -> Sale:
    source = await sale_store.source_of(connection, account=account, hold=hold)
    sale = await sale_store.sale(connection, account=account, source=source)
    assert sale is not None, "coins on hold have a recharge"
    return sale


async def _cost(connection: Connection, hold: Hold) -> Cost:
    earmarks = await earmark_store.earmarks_of(connection, account=hold.account, hold=hold.id)
    return await earmark_store.cost(connection, account=hold.account, earmarks=earmarks)


def _money_back(sale: Sale, cost: Cost) -> list[Leg]:
    """What was earned later never will be, the tax is not due, and a store returns its commission."""
    money = sale.amounts_of(cost)
    return pair(
        [(EARNED_LATER, money.net), (TAX, money.tax)],
        [(sale.clearing, money.cleared), (COMMISSION, money.fee)],
        asset=NUMERIC[sale.currency],
    )


async def _as_it_was(connection: Connection, row: JournalRow, *, refund: UUID) -> Refund:
    hold = await hold_store.hold_row(connection, account=row.account, hold=refund)
    assert hold is not None, "a refund's journal has its hold"
    sale = await _sale_of(connection, row.account, refund)
    return _refund(row, hold, sale, cost=await _cost(connection, hold), replayed=True)


def _refund(row: JournalRow, hold: Hold, sale: Sale, *, cost: Cost, replayed: bool) -> Refund:
    states = {Shape.POST: ClaimState.TAKEN, Shape.VOID: ClaimState.KEPT}
    return Refund(
        id=hold.id,
        seq=row.seq,
        account=row.account,
        source=sale.source,
        paid=hold.paid,
        promo=hold.promo,
        money=sale.gross_of(cost),
        tax=sale.tax_of(cost),
        state=states.get(row.shape, ClaimState.OPEN),
        balance=row.balance,
        replayed=replayed,
    )
