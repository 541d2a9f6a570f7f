"""A dispute is lost: coins and diamonds are taken back as far as they go (end of journal J7).

Coins that are left are clawed back, coins that are gone become a debt that the next
recharge pays first, and creators give back what has not matured yet.
"""

from __future__ import annotations

from dataclasses import replace

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.ledger import dispute_store, earmark_store, hold_store, sale_store, store
from largesse.ledger.chart import COIN, HOUSE, Kind, Shape, account
from largesse.ledger.claims_model import (
    COMMISSION,
    EARNED_LATER,
    LOSSES,
    TAX,
    ClaimState,
    Clawback,
    Cost,
    Decision,
    Dispute,
    Sale,
)
from largesse.ledger.clawback import claw_back
from largesse.ledger.debt import owing
from largesse.ledger.deciding import decided, decision_row
from largesse.ledger.dispute import answer, as_it_was, open_one, undisputed
from largesse.ledger.dispute_store import DisputeRow
from largesse.ledger.earmarks import Earmark
from largesse.ledger.errors import RefundOpen
from largesse.ledger.laying import bring_forward, coins_in, unspent
from largesse.ledger.legs import pair
from largesse.ledger.lots import Pool
from largesse.ledger.model import Hold, HoldState, Leg
from largesse.ledger.purse import fresh
from largesse.ledger.rules import digest
from largesse.ledger.store import JournalRow, PurseRow


async def lose_dispute(
    connection: Connection, decision: Decision, *, clawback: Clawback = Clawback.PENDING
) -> Dispute:
    """The money is gone: take back what is left, and let its buyer owe the coins that are gone.

    Creators give back as much as `clawback` says. The buyer's next recharge pays the
    debt first; until then nothing can be spent. Raises `RefundOpen` while a refund of
    the same recharge is not decided, and as for `win_dispute`.
    """
    purse = await fresh(connection, decision.account, at=decision.at)
    earlier = await decided(connection, decision)
    if earlier is not None:
        return await as_it_was(connection, earlier, dispute=decision.on)
    dispute, sale, hold = await open_one(connection, decision)
    if await sale_store.open_refund(connection, account=sale.account, source=sale.source):
        raise RefundOpen
    # Coins that a failed refund or a voided hold set free meanwhile are of this recharge too.
    more = await unspent(connection, purse, sale)
    gone = await sale_store.taken_back(connection, account=sale.account, source=sale.source)
    taken = (hold.paid if hold else 0) + coins_in(more, Pool.PAID)
    owed = sale.coins - gone - taken
    cost = await _cost_of_all(connection, sale, hold, more)
    row = await decision_row(connection, decision, kind=Kind.DISPUTE_LOST, balance=purse.spendable)
    legs = await _lost(connection, dispute, sale, cost=cost, owed=owed)
    purse, row = await _take_held(connection, purse, hold, row, legs=legs)
    if more:
        purse = await _take_more(connection, purse, more, decision=decision)
    await dispute_store.close(connection, dispute, state=ClaimState.TAKEN, seq=row.seq, owed=owed)
    purse = owing(replace(purse, debt=purse.debt + owed))
    await store.write_purse(connection, await undisputed(connection, purse))
    diamonds = await claw_back(connection, sale, decision=decision, clawback=clawback)
    await dispute_store.note_diamonds(connection, dispute, diamonds=diamonds)
    dispute = replace(dispute, owed=owed, diamonds=diamonds)
    return answer(row, dispute, sale, replayed=False)


async def _cost_of_all(
    connection: Connection, sale: Sale, hold: Hold | None, more: list[Earmark]
) -> Cost:
    marks = list(more)
    if hold is not None:
        marks += await earmark_store.earmarks_of(connection, account=sale.account, hold=hold.id)
    return await earmark_store.cost(connection, account=sale.account, earmarks=marks)


async def _lost(
    connection: Connection, dispute: DisputeRow, sale: Sale, *, cost: Cost, owed: int
) -> list[Leg]:
    """What was earned later never will be, the tax is not due, and the rest is a loss."""
    refunded = await sale_store.refunded(connection, account=sale.account, source=sale.source)
    rest = sale.amounts - refunded
    net = sale.amounts_of(cost).net
    sides = dispute.amount + rest.fee
    legs = pair(
        [(EARNED_LATER, net), (TAX, rest.tax), (LOSSES, sides - net - rest.tax)],
        [(sale.disputed, dispute.amount), (COMMISSION, rest.fee)],
        asset=dispute.asset,
    )
    debt = [(account(sale.account, 190), owed)]
    return legs + pair(debt, [(account(HOUSE, Kind.DISPUTE_LOST), owed)], asset=COIN)


async def _take_held(
    connection: Connection,
    purse: PurseRow,
    hold: Hold | None,
    row: JournalRow,
    *,
    legs: list[Leg],
) -> tuple[PurseRow, JournalRow]:
    if hold is None:
        await store.add_journal(connection, row, legs)
        return purse, row
    marks = await earmark_store.earmarks_of(connection, account=purse.account, hold=hold.id)
    purse, cost = await bring_forward(connection, purse, marks)
    row = _with_coins(row, purse, marks, cost=cost)
    row = replace(row, shape=Shape.POST)
    await store.add_journal(connection, row, legs)
    await hold_store.close(connection, hold, state=HoldState.POSTED, seq=row.seq)
    purse = replace(
        purse,
        paid_out=purse.paid_out + hold.paid,
        promo_out=purse.promo_out + hold.promo,
        held_paid=purse.held_paid - hold.paid,
        held_promo=purse.held_promo - hold.promo,
    )
    return purse, row


async def _take_more(
    connection: Connection, purse: PurseRow, more: list[Earmark], *, decision: Decision
) -> PurseRow:
    purse, cost = await bring_forward(connection, purse, more)
    coins = sum(mark.coins for mark in more)
    row = JournalRow(
        account=purse.account,
        seq=await store.next_seq(connection),
        id=ids.make(),
        at=decision.at,
        key=digest(b"more:" + decision.on.bytes),
        body=digest(decision.on.bytes),
        kind=Kind.DISPUTE_LOST,
        shape=Shape.SPEND,
        balance=purse.spendable - coins,
    )
    row = _with_coins(row, purse, more, cost=cost)
    await store.add_journal(connection, row)
    return replace(purse, paid_out=purse.paid_out + row.paid, promo_out=purse.promo_out + row.promo)


def _with_coins(
    row: JournalRow, purse: PurseRow, marks: list[Earmark], *, cost: Cost
) -> JournalRow:
    return replace(
        row,
        promo=coins_in(marks, Pool.PROMO),
        paid=coins_in(marks, Pool.PAID),
        promo_from=purse.promo_out,
        paid_from=purse.paid_out,
        micro=cost.micro,
        tax_micro=cost.tax,
        fee_micro=cost.fee,
    )
