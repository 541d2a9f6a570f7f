"""Escrow: coins leave a purse for something later, and go back to their very lots if it is off.

The odometer moves when the coins leave, so what an entry or a membership costs its
buyer is known from then on. The escrow remembers their serials (journals J5 and J10).
A pot is locked before purses, and purses in the order of their numbers.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.errors import IdempotencyConflict
from largesse.ledger import escrow_store, store
from largesse.ledger.budget import counted, given_back
from largesse.ledger.chart import Shape
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import (
    CurrencyMismatch,
    EscrowNotFound,
    EscrowReturnedAlready,
    EscrowSpent,
    InsufficientCoins,
    PotEnded,
    SpendingFrozen,
)
from largesse.ledger.escrow_model import (
    Escrow,
    EscrowOrder,
    EscrowReturn,
    EscrowReturned,
    EscrowState,
    Pot,
    PotState,
)
from largesse.ledger.purse import fresh
from largesse.ledger.relay import lay_back
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow, PurseRow


async def put_in_escrow(connection: Connection, order: EscrowOrder) -> Escrow:
    """Put coins aside for something later; the same key returns the same escrow.

    They count towards the gift budget now. Raises `InsufficientCoins`, `LimitReached`,
    `SpendingFrozen`, `IdempotencyConflict`, or for a pot `EscrowNotFound`, `PotEnded`
    and `CurrencyMismatch`.
    """
    pot = await _pot(connection, order)
    purse = await fresh(connection, order.account, at=order.at)
    key, body = key_digest(order.key, of="person"), digest(order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        made = await escrow_store.escrow_row(connection, account=order.account, escrow=earlier.id)
        if made is None:
            raise IdempotencyConflict
        return made
    _check(order, purse, pot)
    escrow = await _made(connection, order, purse, holder=pot.party if pot else order.account)
    purse = counted(purse, escrow.micro, at=order.at)
    row = JournalRow(
        account=order.account,
        seq=escrow.seq,
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=order.kind,
        shape=Shape.ESCROW,
        balance=purse.spendable - order.coins,
        promo=escrow.promo,
        prize=escrow.prize,
        paid=escrow.paid,
        promo_from=escrow.promo_from,
        prize_from=escrow.prize_from,
        paid_from=escrow.paid_from,
        party=escrow.holder,
        micro=escrow.micro,
        tax_micro=escrow.tax_micro,
        fee_micro=escrow.fee_micro,
    )
    await store.add_journal(connection, row)
    await escrow_store.add_escrow(connection, escrow)
    purse = replace(
        purse,
        promo_out=purse.promo_out + escrow.promo,
        prize_out=purse.prize_out + escrow.prize,
        paid_out=purse.paid_out + escrow.paid,
    )
    await store.write_purse(connection, purse)
    return escrow


async def return_escrow(connection: Connection, order: EscrowReturn) -> EscrowReturned:
    """Take what is left of an escrow back to its lots, whatever was sent meanwhile.

    Coins are spent from there on as if they had never left, and the gift budget of a
    period that is not over gets back what they counted. The same key answers with the
    first return. Raises `EscrowNotFound`, `EscrowSpent`, `EscrowReturnedAlready` or
    `IdempotencyConflict`.
    """
    found = await escrow_store.escrow_row(connection, account=order.account, escrow=order.escrow)
    if found is None:
        raise EscrowNotFound
    await escrow_store.share_pot_of(connection, found.holder)
    purse = await fresh(connection, order.account, at=order.at)
    key, body = key_digest(order.key, of="escrow"), digest(order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        return _returned(earlier, replayed=True)
    escrow = await open_escrow(connection, account=order.account, escrow=order.escrow)
    part = escrow.next_coins(escrow.left)
    row = JournalRow(
        account=order.account,
        seq=await store.next_seq(connection),
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=escrow.kind,
        shape=Shape.RETURN,
        balance=purse.spendable + escrow.left,
        promo=part.promo.coins,
        prize=part.prize.coins,
        paid=part.paid.coins,
        promo_from=purse.promo_in,
        prize_from=purse.prize_in,
        paid_from=purse.paid_in,
        party=escrow.holder,
        micro=escrow.micro,
        tax_micro=escrow.tax_micro,
        fee_micro=escrow.fee_micro,
    )
    await store.add_journal(connection, row)
    await escrow_store.write_escrow(connection, _emptied(escrow))
    purse = await lay_back(connection, purse, part, seq=row.seq)
    purse = given_back(purse, escrow.micro, counted_at=escrow.at)
    await store.write_purse(connection, purse)
    # Promo coins may have run out of time while they were in escrow.
    await fresh(connection, order.account, at=order.at)
    return _returned(row, replayed=False)


async def open_escrow(connection: Connection, *, account: int, escrow: UUID) -> Escrow:
    """An escrow that has not ended. The caller has locked its purse, and its pot if there is one."""
    found = await escrow_store.escrow_row(connection, account=account, escrow=escrow)
    match found:
        case None:
            raise EscrowNotFound
        case Escrow(state=EscrowState.SPENT):
            raise EscrowSpent
        case Escrow(state=EscrowState.RETURNED):
            raise EscrowReturnedAlready
        case _:
            return found


async def _pot(connection: Connection, order: EscrowOrder) -> Pot | None:
    if order.pot is None:
        return None
    pot = await escrow_store.pot_row(connection, order.pot, lock="share")
    if pot is None:
        raise EscrowNotFound
    return pot


def _check(order: EscrowOrder, purse: PurseRow, pot: Pot | None) -> None:
    if pot is not None:
        if pot.state is not PotState.OPEN:
            raise PotEnded(state=pot.state.name.lower())
        if pot.currency != purse.currency:
            raise CurrencyMismatch(expected=pot.currency, got=purse.currency)
    if purse.frozen:
        raise SpendingFrozen
    if purse.spendable < order.coins:
        raise InsufficientCoins(missing=order.coins - purse.spendable)


async def _made(
    connection: Connection, order: EscrowOrder, purse: PurseRow, *, holder: int
) -> Escrow:
    promo, prize, paid = purse.split(order.coins)
    micro, tax_micro, fee_micro = await store.cost(
        connection,
        account=order.account,
        paid=(purse.paid_out, purse.paid_out + paid),
        prize=(purse.prize_out, purse.prize_out + prize),
    )
    return Escrow(
        account=order.account,
        id=order.id,
        holder=holder,
        seq=await store.next_seq(connection),
        at=order.at,
        kind=order.kind,
        promo=promo,
        prize=prize,
        paid=paid,
        promo_from=purse.promo_out,
        prize_from=purse.prize_out,
        paid_from=purse.paid_out,
        used=0,
        micro=micro,
        tax_micro=tax_micro,
        fee_micro=fee_micro,
        state=EscrowState.OPEN,
    )


def _emptied(escrow: Escrow) -> Escrow:
    return replace(
        escrow,
        used=escrow.coins,
        micro=0,
        tax_micro=0,
        fee_micro=0,
        state=EscrowState.RETURNED,
    )


def _returned(row: JournalRow, *, replayed: bool) -> EscrowReturned:
    return EscrowReturned(
        id=row.id,
        seq=row.seq,
        account=row.account,
        at=row.at,
        promo=row.promo,
        prize=row.prize,
        paid=row.paid,
        micro=row.micro,
        balance=row.balance,
        replayed=replayed,
    )
