"""Withdraw diamonds: journal J8, from requested to paid, rejected, or returned after it was paid.

Only the creator's own row is locked. The money moves in the books when the outside
says so: a request whose answer is unknown stays requested, and its diamonds stay away
from the next one.
"""

from __future__ import annotations

from dataclasses import replace

from largesse.kernel.database import Connection
from largesse.kernel.errors import IdempotencyConflict
from largesse.kernel.money import NUMERIC, Money
from largesse.ledger import creator_store, payout_store, store
from largesse.ledger.chart import DIAMOND, HOUSE, Kind, Shape, account
from largesse.ledger.claims_model import PAYABLE, Decision
from largesse.ledger.creator_store import CreatorRow
from largesse.ledger.deciding import decided, decision_row
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import (
    InsufficientDiamonds,
    PayoutNotFound,
    PayoutPaid,
    PayoutPending,
    PayoutRejected,
    PayoutReturned,
)
from largesse.ledger.legs import Side, pair
from largesse.ledger.model import Leg
from largesse.ledger.payout_model import Payout, PayoutOrder, PayoutRow, PayoutState
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow

REDEEMED = account(HOUSE, 260)
CASH = account(HOUSE, 300)
FEE_EARNED = account(HOUSE, 504)
WITHHELD = account(HOUSE, 412)

_STATE_OF = {
    Kind.PAYOUT_REQUESTED: PayoutState.REQUESTED,
    Kind.PAYOUT_PAID: PayoutState.PAID,
    Kind.PAYOUT_REJECTED: PayoutState.REJECTED,
    Kind.PAYOUT_RETURNED: PayoutState.RETURNED,
}
_WHY_NOT = {
    PayoutState.REQUESTED: PayoutPending,
    PayoutState.PAID: PayoutPaid,
    PayoutState.REJECTED: PayoutRejected,
    PayoutState.RETURNED: PayoutReturned,
}


async def request_payout(connection: Connection, order: PayoutOrder) -> Payout:
    """Take diamonds out of what can be withdrawn, and owe their worth to this payout.

    The same key answers with the same payout. Raises `InsufficientDiamonds` or
    `IdempotencyConflict`.
    """
    creator = await creator_store.lock_creator(connection, order.account)
    key, body = key_digest(order.key, of="payout"), digest(order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        found = await payout_store.payout_row(connection, account=order.account, payout=earlier.id)
        if found is None:
            raise IdempotencyConflict
        return _payout(earlier, found, replayed=True)
    if creator.available < order.diamonds:
        raise InsufficientDiamonds(missing=order.diamonds - creator.available)

    row = JournalRow(
        account=order.account,
        seq=await store.next_seq(connection),
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=Kind.PAYOUT_REQUESTED,
        shape=Shape.OTHER,
        balance=0,
    )
    payout = _requested(order, seq=row.seq)
    available, withdrawing = account(order.account, 210), account(order.account, 220)
    legs = [
        Leg(available, withdrawing, payout.diamonds, DIAMOND),
        Leg(PAYABLE, account(order.account, 411), payout.amount, payout.asset),
    ]
    await store.add_journal(connection, row, legs)
    await payout_store.add_payout(connection, payout)
    await creator_store.move(
        connection,
        creator=order.account,
        available=-payout.diamonds,
        withdrawing=payout.diamonds,
    )
    return _payout(row, payout, replayed=False)


async def payout_paid(connection: Connection, decision: Decision) -> Payout:
    """The bank has paid: the diamonds are redeemed, and fee and withheld tax are booked.

    At most once; the same key answers again. Raises `PayoutNotFound`, `PayoutPaid`,
    `PayoutRejected`, `PayoutReturned` or `IdempotencyConflict`.
    """
    _, payout, earlier = await _locked(connection, decision)
    if earlier is not None:
        return _payout(earlier, payout, replayed=True)
    _require(payout, PayoutState.REQUESTED)
    in_flight = account(payout.account, 411)
    legs = [
        Leg(account(payout.account, 220), REDEEMED, payout.diamonds, DIAMOND),
        *pair([(in_flight, payout.amount)], _parts(payout), asset=payout.asset),
    ]
    await creator_store.move(
        connection,
        creator=payout.account,
        withdrawing=-payout.diamonds,
        redeemed=payout.diamonds,
    )
    return await _advance(connection, decision, payout, kind=Kind.PAYOUT_PAID, legs=legs)


async def payout_rejected(connection: Connection, decision: Decision) -> Payout:
    """The payout will not be paid: exactly what the request did is undone.

    Diamonds that the creator owes meanwhile are paid first. Errors as for `payout_paid`.
    """
    creator, payout, earlier = await _locked(connection, decision)
    if earlier is not None:
        return _payout(earlier, payout, replayed=True)
    _require(payout, PayoutState.REQUESTED)
    withdrawing, in_flight = account(payout.account, 220), account(payout.account, 411)
    legs = [
        *await _restore(connection, creator, payout, out_of=withdrawing),
        Leg(in_flight, PAYABLE, payout.amount, payout.asset),
    ]
    await creator_store.move(connection, creator=payout.account, withdrawing=-payout.diamonds)
    return await _advance(connection, decision, payout, kind=Kind.PAYOUT_REJECTED, legs=legs)


async def payout_returned(connection: Connection, decision: Decision) -> Payout:
    """The bank has sent the money back after it was paid: all of it is owed to the creator again.

    The fee and the withheld tax are undone too. Diamonds that the creator owes are paid
    first. Raises `PayoutPending` where it was never paid, else as for `payout_paid`.
    """
    creator, payout, earlier = await _locked(connection, decision)
    if earlier is not None:
        return _payout(earlier, payout, replayed=True)
    _require(payout, PayoutState.PAID)
    legs = [
        *await _restore(connection, creator, payout, out_of=REDEEMED),
        *pair(_parts(payout), [(PAYABLE, payout.amount)], asset=payout.asset),
    ]
    await creator_store.move(connection, creator=payout.account, redeemed=-payout.diamonds)
    return await _advance(connection, decision, payout, kind=Kind.PAYOUT_RETURNED, legs=legs)


async def _locked(
    connection: Connection, decision: Decision
) -> tuple[CreatorRow, PayoutRow, JournalRow | None]:
    creator = await creator_store.lock_creator(connection, decision.account)
    payout = await payout_store.payout_row(connection, account=decision.account, payout=decision.on)
    earlier = await decided(connection, decision)
    if payout is None:
        raise PayoutNotFound
    return creator, payout, earlier


def _require(payout: PayoutRow, state: PayoutState) -> None:
    if payout.state != state:
        raise _WHY_NOT[PayoutState(payout.state)]


async def _restore(
    connection: Connection, creator: CreatorRow, payout: PayoutRow, *, out_of: int
) -> list[Leg]:
    """Diamonds come back: first to what is owed, the rest can be withdrawn again."""
    owed = min(creator.debt, payout.diamonds)
    back = payout.diamonds - owed
    await creator_store.move(connection, creator=payout.account, available=back, debt=-owed)
    return pair(
        [(out_of, payout.diamonds)],
        [(account(payout.account, 290), owed), (account(payout.account, 210), back)],
        asset=DIAMOND,
    )


def _parts(payout: PayoutRow) -> Side:
    return [
        (CASH, payout.arriving),
        (FEE_EARNED, payout.fee),
        (WITHHELD, payout.withheld),
    ]


async def _advance(
    connection: Connection, decision: Decision, payout: PayoutRow, *, kind: Kind, legs: list[Leg]
) -> Payout:
    row = await decision_row(connection, decision, kind=kind)
    await store.add_journal(connection, row, legs)
    await payout_store.advance(connection, payout, state=_STATE_OF[kind], seq=row.seq)
    return _payout(row, replace(payout, state=_STATE_OF[kind]), replayed=False)


def _requested(order: PayoutOrder, *, seq: int) -> PayoutRow:
    return PayoutRow(
        account=order.account,
        id=order.id,
        seq=seq,
        at=order.at,
        diamonds=order.diamonds,
        amount=order.amount.amount,
        fee=order.fee_minor,
        withheld=order.withheld_minor,
        asset=NUMERIC[order.amount.currency],
        currency=order.amount.currency,
    )


def _payout(row: JournalRow, payout: PayoutRow, *, replayed: bool) -> Payout:
    """A payout as it stood after an act, not as it is by now."""
    return Payout(
        id=payout.id,
        seq=row.seq,
        account=payout.account,
        diamonds=payout.diamonds,
        amount=Money(payout.amount, payout.currency),
        arriving=Money(payout.arriving, payout.currency),
        state=_STATE_OF[Kind(row.kind)],
        replayed=replayed,
    )
