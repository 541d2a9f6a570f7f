"""Holds: coins set aside until somebody decides, or until their time is up (journal J4).

A hold raises `held_*` only. The odometer moves at the post, so a void returns the
coins to the very lots they would have come from, for nothing. The gift budget
counts at the hold and is given back by a void in the same period.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.errors import IdempotencyConflict
from largesse.ledger import earmark_store, hold_store, store
from largesse.ledger.budget import counted, given_back
from largesse.ledger.chart import Shape
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import (
    HoldNotFound,
    HoldOverdue,
    HoldPosted,
    HoldVoided,
    InsufficientCoins,
    SpendingFrozen,
)
from largesse.ledger.lots import Pool
from largesse.ledger.model import Hold, HoldOrder, HoldState, OnExpiry, Spent
from largesse.ledger.purse import fresh, locked
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow, PurseRow


@dataclass(frozen=True, slots=True)
class Voided:
    """A hold that was taken back: how many coins returned, and what can be spent now."""

    id: UUID
    seq: int
    hold: Hold
    balance: int


async def hold(connection: Connection, order: HoldOrder) -> Hold:
    """Set coins aside for a creator; the same key returns the same hold.

    Promo coins first, then prize and paid ones. Raises `InsufficientCoins`, `LimitReached`,
    `SpendingFrozen` or `IdempotencyConflict`.
    """
    purse = await fresh(connection, order.account, at=order.at)
    key, body = key_digest(order.key, of="person"), digest(order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        made = await hold_store.hold_row(connection, account=order.account, hold=earlier.id)
        if made is None:
            raise IdempotencyConflict
        return made
    if purse.frozen:
        raise SpendingFrozen
    if purse.spendable < order.coins:
        raise InsufficientCoins(missing=order.coins - purse.spendable)

    promo, prize, paid = purse.split(order.coins)
    first = purse.paid_out + await _promised(connection, purse)
    won = purse.prize_out + purse.held_prize
    micro, _, _ = await store.cost(
        connection, account=order.account, paid=(first, first + paid), prize=(won, won + prize)
    )
    purse = counted(purse, micro, at=order.at)
    seq = await store.next_seq(connection)
    made = _made(order, (promo, prize, paid), micro=micro, seq=seq)
    row = JournalRow(
        account=order.account,
        seq=made.seq,
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=order.kind,
        shape=Shape.HOLD,
        balance=purse.spendable - order.coins,
        promo=promo,
        paid=paid,
        prize=prize,
        party=order.creator,
        micro=micro,
    )
    await store.add_journal(connection, row)
    await hold_store.add_hold(connection, made)
    await store.write_purse(
        connection,
        replace(
            purse,
            held_paid=purse.held_paid + paid,
            held_promo=purse.held_promo + promo,
            held_prize=purse.held_prize + prize,
        ),
    )
    return made


async def post_hold(
    connection: Connection, *, account: int, hold: UUID, act: UUID, at: datetime
) -> Spent:
    """Carry a hold out: its coins are spent now, and the creator's diamonds issued.

    At most once, and only while it is open and not overdue: raises `HoldPosted`,
    `HoldVoided`, `HoldOverdue` or `HoldNotFound`. `act` names it in the books.
    """
    purse = await locked(connection, account)
    found = await _open(connection, account, hold, at=at)
    return await _post(connection, purse, found, act=act, at=at)


async def void_hold(
    connection: Connection, *, account: int, hold: UUID, act: UUID, at: datetime
) -> Voided:
    """Take a hold back: its coins can be spent again, and the budget is as if it had not been.

    At most once, and only while it is open and not overdue, as for `post_hold`.
    """
    purse = await locked(connection, account)
    found = await _open(connection, account, hold, at=at)
    return await _void(connection, purse, found, act=act, at=at)


async def due_holds(connection: Connection, *, at: datetime, limit: int) -> list[Hold]:
    """Open holds whose time is up, the longest overdue first; resolve each in its own work."""
    return await hold_store.due(connection, at=at, limit=limit)


async def resolve_hold(
    connection: Connection, *, account: int, hold: UUID, act: UUID, at: datetime
) -> Spent | Voided:
    """Let an overdue hold end as its `on_expiry` says; never before it is due.

    Two sweepers may try: the second hears `HoldPosted` or `HoldVoided`.
    """
    purse = await locked(connection, account)
    found = await _found(connection, account, hold)
    assert found.due <= at, "a hold is resolved by time only when its time is up"
    match found.on_expiry:
        case OnExpiry.POST:
            return await _post(connection, purse, found, act=act, at=at)
        case OnExpiry.VOID:
            return await _void(connection, purse, found, act=act, at=at)


async def _open(connection: Connection, account: int, hold: UUID, *, at: datetime) -> Hold:
    found = await _found(connection, account, hold)
    if found.due <= at:
        raise HoldOverdue(due=found.due.isoformat())
    return found


async def _found(connection: Connection, account: int, hold: UUID) -> Hold:
    # The purse's lock, which the caller has, also guards the purse's holds.
    found = await hold_store.hold_row(connection, account=account, hold=hold)
    match found:
        case None:
            raise HoldNotFound
        case Hold(kind=kind) if not kind.spends:
            # A refund's or a dispute's, which are decided by their own verbs.
            raise HoldNotFound
        case Hold(state=HoldState.POSTED):
            raise HoldPosted
        case Hold(state=HoldState.VOIDED):
            raise HoldVoided
        case _:
            return found


async def _post(
    connection: Connection, purse: PurseRow, hold: Hold, *, act: UUID, at: datetime
) -> Spent:
    micro, tax_micro, fee_micro = await store.cost(
        connection,
        account=hold.account,
        paid=(purse.paid_out, purse.paid_out + hold.paid),
        prize=(purse.prize_out, purse.prize_out + hold.prize),
    )
    row = replace(
        _resolution(hold, purse, act=act, at=at, seq=await store.next_seq(connection)),
        shape=Shape.POST,
        promo_from=purse.promo_out,
        paid_from=purse.paid_out,
        prize_from=purse.prize_out,
        diamonds=hold.diamonds,
        rate=hold.rate,
        micro=micro,
        tax_micro=tax_micro,
        fee_micro=fee_micro,
    )
    await store.add_journal(connection, row)
    await hold_store.close(connection, hold, state=HoldState.POSTED, seq=row.seq)
    await store.write_purse(
        connection,
        replace(
            _let_go(purse, hold),
            paid_out=purse.paid_out + hold.paid,
            promo_out=purse.promo_out + hold.promo,
            prize_out=purse.prize_out + hold.prize,
        ),
    )
    return Spent(
        id=row.id,
        seq=row.seq,
        account=row.account,
        at=at,
        coins=hold.coins,
        promo=hold.promo,
        paid=hold.paid,
        micro=micro,
        tax_micro=tax_micro,
        fee_micro=fee_micro,
        currency=purse.currency,
        balance=row.balance,
        replayed=False,
        prize=hold.prize,
    )


async def _void(
    connection: Connection, purse: PurseRow, hold: Hold, *, act: UUID, at: datetime
) -> Voided:
    row = _resolution(hold, purse, act=act, at=at, seq=await store.next_seq(connection))
    row = replace(row, shape=Shape.VOID, balance=purse.spendable + hold.coins)
    await store.add_journal(connection, row)
    await hold_store.close(connection, hold, state=HoldState.VOIDED, seq=row.seq)
    purse = given_back(purse, hold.micro, counted_at=hold.at)
    await store.write_purse(connection, _let_go(purse, hold))
    # Promo coins may have run out of time while they were on hold.
    purse = await fresh(connection, hold.account, at=at)
    return Voided(row.id, row.seq, replace(hold, state=HoldState.VOIDED), purse.spendable)


def _let_go(purse: PurseRow, hold: Hold) -> PurseRow:
    return replace(
        purse,
        held_paid=purse.held_paid - hold.paid,
        held_promo=purse.held_promo - hold.promo,
        held_prize=purse.held_prize - hold.prize,
    )


async def _promised(connection: Connection, purse: PurseRow) -> int:
    """Paid coins on holds that will take the next ones, whichever these are."""
    if not purse.held_paid:
        return 0
    return purse.held_paid - await earmark_store.earmarked(
        connection, account=purse.account, pool=Pool.PAID
    )


def _made(order: HoldOrder, split: tuple[int, int, int], *, micro: int, seq: int) -> Hold:
    promo, prize, paid = split
    return Hold(
        account=order.account,
        id=order.id,
        seq=seq,
        at=order.at,
        kind=order.kind,
        promo=promo,
        paid=paid,
        micro=micro,
        party=order.creator,
        diamonds=order.diamonds,
        on_expiry=order.on_expiry,
        due=order.due,
        state=HoldState.OPEN,
        prize=prize,
        rate=order.rate,
    )


def _resolution(hold: Hold, purse: PurseRow, *, act: UUID, at: datetime, seq: int) -> JournalRow:
    """The act that ends a hold. Post and void share one key, so the books take only one of them."""
    return JournalRow(
        account=hold.account,
        seq=seq,
        id=act,
        at=at,
        key=digest(b"resolve:" + hold.id.bytes),
        body=digest(hold.id.bytes),
        kind=hold.kind,
        shape=Shape.POST,
        balance=purse.spendable,
        promo=hold.promo,
        paid=hold.paid,
        prize=hold.prize,
        party=hold.party,
    )
