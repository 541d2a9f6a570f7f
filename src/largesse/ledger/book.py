"""Book a rare act among accounts that nobody guards, such as a provider's settlement (J1)."""

from __future__ import annotations

from largesse.kernel.database import Connection
from largesse.ledger import store
from largesse.ledger.chart import BY_CODE, PARTY_WIDTH, Guard, Shape, Unit
from largesse.ledger.chart import COIN as COIN_ASSET
from largesse.ledger.chart import DIAMOND as DIAMOND_ASSET
from largesse.ledger.earlier import earlier_act
from largesse.ledger.model import Booking, Leg
from largesse.ledger.rules import digest, key_digest, whole
from largesse.ledger.store import JournalRow


async def book(connection: Connection, order: Booking) -> int:
    """Write the legs as one journal, exactly once a key; returns the journal's number.

    Every leg is balanced by itself. Accounts that a purse or a creator's row guards
    are refused here: their own acts keep the floor.
    """
    assert order.legs, "a journal has legs"
    for leg in order.legs:
        _check(leg)
    key = key_digest(order.key, of="booking")
    await store.lock_books(connection, account=order.account, key=key)
    if earlier := await earlier_act(
        connection, account=order.account, key=key, body=digest(order.body)
    ):
        return earlier.seq
    row = JournalRow(
        account=order.account,
        seq=await store.next_seq(connection),
        id=order.id,
        at=order.at,
        key=key,
        body=digest(order.body),
        kind=order.kind,
        shape=Shape.OTHER,
        balance=0,
    )
    await store.add_journal(connection, row, order.legs)
    return row.seq


def _check(leg: Leg) -> None:
    whole(leg.amount, "amount", least=1)
    assert leg.debit != leg.credit, "a transfer has two sides"
    for number in (leg.debit, leg.credit):
        line = BY_CODE[number % PARTY_WIDTH]
        assert line.guard is Guard.OPEN, f"{line.name} is guarded"
        unit = {COIN_ASSET: Unit.COIN, DIAMOND_ASSET: Unit.DIAMOND}.get(leg.asset, Unit.MONEY)
        assert line.unit is unit, f"{line.name} does not count this asset"
