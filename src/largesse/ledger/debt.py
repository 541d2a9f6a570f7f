"""Pay what a lost dispute left owing: end of journal J7.

The oldest paid coins pay, and the money that was going to be earned with them makes
up for the loss. The next recharge pays by itself; whoever has coins already may pay
with those.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.money import NUMERIC
from largesse.ledger import store
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.claims_model import (
    EARNED_LATER,
    LOSSES,
    DebtOrder,
    DebtPaid,
    Freeze,
    minor_unit,
)
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import InsufficientCoins, NothingOwed
from largesse.ledger.laying import cost_of_next
from largesse.ledger.legs import pair
from largesse.ledger.purse import fresh
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow, PurseRow


async def pay_debt(connection: Connection, order: DebtOrder) -> DebtPaid:
    """Pay as much of a debt as there are free paid coins; spending goes on when nothing is owed.

    Raises `NothingOwed`, `InsufficientCoins` where there is not one coin, or
    `IdempotencyConflict`.
    """
    purse = await fresh(connection, order.account, at=order.at)
    key = key_digest(order.key, of="debt")
    if earlier := await earlier_act(
        connection, account=order.account, key=key, body=digest(order.body)
    ):
        return DebtPaid(earlier.id, earlier.seq, earlier.paid, purse.debt, earlier.balance)
    if not purse.debt:
        raise NothingOwed
    if not purse.paid:
        raise InsufficientCoins(missing=purse.debt)
    purse, row = await repay(
        connection, purse, act=order.id, key=key, body=digest(order.body), at=order.at
    )
    await store.write_purse(connection, purse)
    return DebtPaid(row.id, row.seq, row.paid, purse.debt, row.balance)


async def repay(
    connection: Connection, purse: PurseRow, *, act: UUID, key: UUID, body: UUID, at: datetime
) -> tuple[PurseRow, JournalRow]:
    """Let free paid coins pay a debt, in a journal of its own; the caller writes the purse."""
    coins = min(purse.debt, purse.paid)
    cost = await cost_of_next(connection, purse, coins)
    row = JournalRow(
        account=purse.account,
        seq=await store.next_seq(connection),
        id=act,
        at=at,
        key=key,
        body=body,
        kind=Kind.DEBT_PAID,
        shape=Shape.SPEND,
        balance=purse.spendable - coins,
        paid=coins,
        paid_from=purse.paid_out,
        promo_from=purse.promo_out,
        micro=cost.micro,
        tax_micro=cost.tax,
        fee_micro=cost.fee,
    )
    earned = (cost.micro - cost.tax) // minor_unit(purse.currency)
    legs = pair([(EARNED_LATER, earned)], [(LOSSES, earned)], asset=NUMERIC[purse.currency])
    await store.add_journal(connection, row, legs)
    purse = replace(purse, paid_out=purse.paid_out + coins, debt=purse.debt - coins)
    return owing(purse), row


def owing(purse: PurseRow) -> PurseRow:
    """The purse, frozen exactly while it owes coins (or for another reason)."""
    reasons = purse.frozen_for & ~Freeze.DEBT
    return replace(purse, frozen_for=reasons | (Freeze.DEBT if purse.debt else 0))
