"""Pots: entries of many people that are shared out at the end, or all go back (journal J10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Connection, Database
from largesse.kernel.errors import IdempotencyConflict
from largesse.ledger import escrow_store, store
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.errors import EscrowNotFound, EscrowReturnedAlready, PotEnded, PotNotSharedOut
from largesse.ledger.escrow import return_escrow
from largesse.ledger.escrow_model import (
    Award,
    EscrowReturn,
    Pot,
    PotClose,
    PotClosed,
    PotState,
    Prize,
)
from largesse.ledger.escrow_store import Content
from largesse.ledger.prize import award, award_key
from largesse.ledger.purse import locked
from largesse.ledger.rules import digest, key_digest, part
from largesse.ledger.store import JournalRow

Basis = tuple[int, int, int]
ROUND_MAX = 500


async def open_pot(connection: Connection, *, pot: UUID, currency: str, at: datetime) -> int:
    """Make a pot for entries in one currency; returns its party. A second time does nothing."""
    await escrow_store.add_pot(connection, pot=pot, currency=currency, at=at)
    found = await escrow_store.pot_row(connection, pot, lock="share")
    assert found is not None
    return found.party


async def close_pot(connection: Connection, order: PotClose) -> PotClosed:
    """Share a pot out: the fee is spent, the prizes go to their winners, nothing is left.

    The pot counts as one lot of all its coins, so whatever the entrants' coins had cost
    is shared to the last micro: the fee has the first coins, the prizes the others in
    their order. The same key answers as the first time. Raises `PotNotSharedOut`,
    `PotEnded`, `EscrowNotFound`, `CurrencyMismatch` or `IdempotencyConflict`.
    """
    pot = await _locked(connection, order.pot)
    key, body = key_digest(order.key, of="pot"), digest(order.body)
    if _is_replay(pot, key=key, body=body):
        return await _again(connection, pot, order)
    content = await escrow_store.pot_content(connection, pot)
    if content.coins != order.coins:
        raise PotNotSharedOut(coins=content.coins, shared=order.coins)
    # Purses are locked in the order of their numbers, as everywhere.
    for account in sorted({prize.account for prize in order.prizes if not prize.diamonds}):
        await locked(connection, account)

    fee_basis = _basis(content, 0, order.fee)
    if order.fee:
        row = await _spend(connection, pot, order, basis=fee_basis)
        await store.add_journal(connection, row)
    awards, first = [], order.fee
    for prize in order.prizes:
        basis = _basis(content, first, first + prize.coins)
        awards.append(await _give(connection, pot, (order, prize), basis=basis))
        first += prize.coins
    await escrow_store.empty_pot(connection, pot)
    await escrow_store.end_pot(
        connection, pot, state=PotState.CLOSED, key=key, body=body, at=order.at
    )
    return PotClosed(content.coins, order.fee, fee_basis[0], tuple(awards), replayed=False)


async def cancel_pot(
    connection: Connection, *, pot: UUID, key: str, body: bytes, at: datetime
) -> None:
    """Cancel a pot: nobody enters any more, and `return_cancelled` takes every entry back.

    The same key again does nothing. Raises `PotEnded`, `EscrowNotFound` or `IdempotencyConflict`.
    """
    found = await _locked(connection, pot)
    digests = key_digest(key, of="pot"), digest(body)
    if _is_replay(found, key=digests[0], body=digests[1]):
        return
    await escrow_store.end_pot(
        connection, found, state=PotState.CANCELLED, key=digests[0], body=digests[1], at=at
    )


async def return_cancelled(database: Database, *, at: datetime) -> int:
    """Take the entries of cancelled pots back, one transaction each; returns how many went.

    Safe on many workers and after a crash: an entry that went back meanwhile is done.
    """
    async with database.read() as connection:
        entries = await escrow_store.entries_to_return(connection, limit=ROUND_MAX)
    returned = 0
    for entry in entries:
        order = EscrowReturn(
            id=ids.make(),
            account=entry.account,
            escrow=entry.id,
            key=f"cancelled-{entry.id}",
            body=entry.id.bytes,
            at=at,
        )
        try:
            async with database.work() as connection:
                done = await return_escrow(connection, order)
        except EscrowReturnedAlready:
            continue
        returned += not done.replayed
    return returned


async def _locked(connection: Connection, pot: UUID) -> Pot:
    found = await escrow_store.pot_row(connection, pot, lock="update")
    if found is None:
        raise EscrowNotFound
    return found


def _is_replay(pot: Pot, *, key: UUID, body: UUID) -> bool:
    if pot.state is PotState.OPEN:
        return False
    if pot.key != key:
        raise PotEnded(state=pot.state.name.lower())
    if pot.body != body:
        raise IdempotencyConflict
    return True


def _basis(content: Content, first: int, end: int) -> Basis:
    def share(total: int) -> int:
        if not content.coins:
            return 0
        coins = content.coins
        return part(total, coins=coins, upto=end) - part(total, coins=coins, upto=first)

    return (share(content.micro), share(content.tax_micro), share(content.fee_micro))


async def _give(
    connection: Connection, pot: Pot, what: tuple[PotClose, Prize], *, basis: Basis
) -> Award:
    order, prize = what
    if not prize.diamonds:
        return await award(connection, pot, prize, basis=basis, at=order.at)
    row = await _spend(connection, pot, order, basis=basis, prize=prize)
    await store.add_journal(connection, row)
    return Award(row.id, row.seq, prize.account, prize.coins, prize.diamonds, row.micro)


async def _spend(
    connection: Connection,
    pot: Pot,
    order: PotClose,
    *,
    basis: Basis,
    prize: Prize | None = None,
) -> JournalRow:
    """Coins of the pot that are spent: the fee, or a prize with cash value.

    The row belongs to the pot, which has no pools: all its coins stand as paid ones.
    """
    micro, tax_micro, fee_micro = basis
    return JournalRow(
        account=pot.party,
        seq=await store.next_seq(connection),
        id=prize.id if prize else order.id,
        at=order.at,
        key=award_key(prize) if prize else digest(b"fee:" + pot.id.bytes),
        body=digest(pot.id.bytes),
        kind=Kind.PRIZE if prize else Kind.EVENT_FEE,
        shape=Shape.RELEASE,
        balance=0,
        paid=prize.coins if prize else order.fee,
        party=prize.account if prize else None,
        diamonds=prize.diamonds if prize else 0,
        micro=micro,
        tax_micro=tax_micro,
        fee_micro=fee_micro,
    )


async def _again(connection: Connection, pot: Pot, order: PotClose) -> PotClosed:
    """The first answer, from the books."""
    fee = await store.journal_by_key(
        connection, account=pot.party, key=digest(b"fee:" + pot.id.bytes)
    )
    awards = []
    for prize in order.prizes:
        account = pot.party if prize.diamonds else prize.account
        row = await store.journal_by_key(connection, account=account, key=award_key(prize))
        if row is None:
            raise IdempotencyConflict
        awards.append(Award(row.id, row.seq, prize.account, prize.coins, prize.diamonds, row.micro))
    return PotClosed(order.coins, order.fee, fee.micro if fee else 0, tuple(awards), replayed=True)
