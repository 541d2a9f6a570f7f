"""Give a winner their part of a pot: prize coins whose cost basis comes along (journal J10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.ledger import lot_store, store
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.errors import CurrencyMismatch
from largesse.ledger.escrow_model import Award, Pot, Prize
from largesse.ledger.lots import Lot, Pool
from largesse.ledger.purse import fresh
from largesse.ledger.rules import digest
from largesse.ledger.store import JournalRow

ORIGIN = "prize"


def award_key(prize: Prize) -> UUID:
    """What stands for a prize in the books, where its winner's other acts are."""
    return digest(b"prize:" + prize.id.bytes)


async def award(
    connection: Connection, pot: Pot, prize: Prize, *, basis: tuple[int, int, int], at: datetime
) -> Award:
    """Put prize coins into the winner's purse, as a lot that keeps what their entrants paid.

    Only what shares out a pot may call it: the pot's lock and its sum are the caller's.
    Raises `NotFound` without a purse, or `CurrencyMismatch`.
    """
    purse = await fresh(connection, prize.account, at=at)
    if purse.currency != pot.currency:
        raise CurrencyMismatch(expected=pot.currency, got=purse.currency)
    micro, tax_micro, fee_micro = basis
    row = JournalRow(
        account=prize.account,
        seq=await store.next_seq(connection),
        id=prize.id,
        at=at,
        key=award_key(prize),
        body=digest(pot.id.bytes),
        kind=Kind.PRIZE_WON,
        shape=Shape.AWARD,
        balance=purse.spendable + prize.coins,
        prize=prize.coins,
        prize_from=purse.prize_in,
        party=pot.party,
        micro=micro,
        tax_micro=tax_micro,
        fee_micro=fee_micro,
    )
    await store.add_journal(connection, row)
    lot = Lot(
        account=prize.account,
        id=ids.make(),
        seq=row.seq,
        pool=Pool.PRIZE,
        coins=prize.coins,
        currency=pot.currency,
        country=prize.country,
        origin=ORIGIN,
        source=pot.id,
        micro=micro,
        tax_micro=tax_micro,
        fee_micro=fee_micro,
    )
    await lot_store.add_lot(connection, lot)
    span = lot.laid(start=purse.prize_in)
    await lot_store.add_spans(connection, account=lot.account, pool=Pool.PRIZE, spans=[span])
    purse = replace(purse, prize_in=purse.prize_in + prize.coins)
    await store.write_purse(connection, purse)
    return Award(row.id, row.seq, row.account, prize.coins, 0, micro)
