"""Spend coins that are in escrow: a membership, a period at a time (journal J5)."""

from __future__ import annotations

from dataclasses import replace

from largesse.kernel.database import Connection
from largesse.ledger import escrow_store, store
from largesse.ledger.chart import Shape
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import EscrowShort
from largesse.ledger.escrow import open_escrow
from largesse.ledger.escrow_model import Escrow, EscrowState, Release
from largesse.ledger.model import Spent
from largesse.ledger.purse import locked
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow, PurseRow


async def release_escrow(connection: Connection, order: Release) -> Spent:
    """Spend the next coins of a person's own escrow and issue the creator's diamonds.

    What can be spent from the purse does not change; the cost is that of the very
    coins, so the parts of a year add up to its price. The same key answers with the
    first release. Raises `EscrowShort`, `EscrowNotFound`, `EscrowSpent`,
    `EscrowReturnedAlready` or `IdempotencyConflict`.
    """
    purse = await locked(connection, order.account)
    key, body = key_digest(order.key, of="escrow"), digest(order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        return _spent(earlier, purse, replayed=True)
    escrow = await open_escrow(connection, account=order.account, escrow=order.escrow)
    assert escrow.holder == escrow.account, "a pot is shared out as a whole"
    if escrow.left < order.coins:
        raise EscrowShort(left=escrow.left)
    part = escrow.next_coins(order.coins)
    micro, tax_micro, fee_micro = await store.cost(
        connection, account=order.account, paid=part.paid, prize=part.prize
    )
    row = JournalRow(
        account=order.account,
        seq=await store.next_seq(connection),
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=escrow.kind,
        shape=Shape.RELEASE,
        balance=purse.spendable,
        promo=part.promo.coins,
        prize=part.prize.coins,
        paid=part.paid.coins,
        promo_from=part.promo.first,
        prize_from=part.prize.first,
        paid_from=part.paid.first,
        party=order.creator,
        diamonds=order.diamonds,
        micro=micro,
        tax_micro=tax_micro,
        fee_micro=fee_micro,
    )
    await store.add_journal(connection, row)
    await escrow_store.write_escrow(connection, _less(escrow, row))
    return _spent(row, purse, replayed=False)


def _less(escrow: Escrow, row: JournalRow) -> Escrow:
    used = escrow.used + row.promo + row.prize + row.paid
    return replace(
        escrow,
        used=used,
        micro=escrow.micro - row.micro,
        tax_micro=escrow.tax_micro - row.tax_micro,
        fee_micro=escrow.fee_micro - row.fee_micro,
        state=EscrowState.SPENT if used == escrow.coins else EscrowState.OPEN,
    )


def _spent(row: JournalRow, purse: PurseRow, *, replayed: bool) -> Spent:
    return Spent(
        id=row.id,
        seq=row.seq,
        account=row.account,
        at=row.at,
        coins=row.promo + row.prize + row.paid,
        promo=row.promo,
        paid=row.paid,
        micro=row.micro,
        tax_micro=row.tax_micro,
        fee_micro=row.fee_micro,
        currency=purse.currency,
        balance=row.balance,
        replayed=replayed,
        prize=row.prize,
    )
