"""A buyer's bank takes a payment back, and perhaps gives it back again: journal J7.

While a dispute is open its coins are set aside and nothing can be spent from the purse.
Won: all is as before. Lost: see `lose_dispute`. What a refund gave back already is not
taken a second time.

A refund that a provider or a store made without asking is a dispute without a fee,
opened and lost at once.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.kernel.money import NUMERIC, Money
from largesse.ledger import dispute_store, earmark_store, hold_store, sale_store, store
from largesse.ledger.chart import Kind, Shape
from largesse.ledger.claims_model import (
    DISPUTE_FEES,
    ClaimState,
    Decision,
    Dispute,
    DisputeOrder,
    Freeze,
    Sale,
)
from largesse.ledger.deciding import decided, decision_row
from largesse.ledger.dispute_store import DisputeRow
from largesse.ledger.earlier import earlier_act
from largesse.ledger.errors import (
    CurrencyMismatch,
    DisputeLost,
    DisputeNotFound,
    DisputeOpen,
    DisputeWon,
    RechargeRefunded,
)
from largesse.ledger.laying import (
    certain_hold,
    give_back,
    set_aside,
    unspent,
)
from largesse.ledger.legs import pair
from largesse.ledger.model import Hold, Leg
from largesse.ledger.purse import fresh
from largesse.ledger.rules import digest, key_digest
from largesse.ledger.store import JournalRow, PurseRow


async def open_dispute(connection: Connection, order: DisputeOrder) -> Dispute:
    """Freeze a purse whose payment is disputed, and set aside what is left of its coins.

    The whole payment is disputed, less what was refunded; the same key answers with the
    same dispute, and one that was won may be followed by another. Raises `NotFound`,
    `DisputeOpen`, `DisputeLost`, `RechargeRefunded`, `CurrencyMismatch` or
    `IdempotencyConflict`.
    """
    purse = await fresh(connection, order.account, at=order.at)
    key = key_digest(order.key, of="dispute")
    body = digest(order.source.bytes + order.body)
    if earlier := await earlier_act(connection, account=order.account, key=key, body=body):
        return await as_it_was(connection, earlier, dispute=earlier.id)
    sale, amount = await _disputable(connection, purse, order)
    earmarks = await unspent(connection, purse, sale)
    hold = certain_hold(
        act=order.id,
        seq=await store.next_seq(connection),
        at=order.at,
        kind=Kind.DISPUTE_LOST,
        sale=sale,
        earmarks=earmarks,
    )
    cost = await earmark_store.cost(connection, account=order.account, earmarks=earmarks)
    row = JournalRow(
        account=order.account,
        seq=hold.seq,
        id=order.id,
        at=order.at,
        key=key,
        body=body,
        kind=Kind.DISPUTE_OPENED,
        shape=Shape.HOLD if hold.coins else Shape.OTHER,
        balance=purse.spendable - hold.coins,
        promo=hold.promo,
        paid=hold.paid,
        micro=cost.micro,
        tax_micro=cost.tax,
        fee_micro=cost.fee,
    )
    await store.add_journal(connection, row, _taken_by_the_bank(order, sale, amount))
    if hold.coins:
        purse = await set_aside(connection, purse, hold, earmarks)
    dispute = DisputeRow(
        account=order.account,
        id=order.id,
        source=order.source,
        seq=row.seq,
        at=order.at,
        clearing=sale.clearing,
        amount=amount,
        asset=NUMERIC[sale.currency],
    )
    await dispute_store.add_dispute(connection, dispute)
    frozen_for = purse.frozen_for | Freeze.DISPUTE
    await store.write_purse(connection, replace(purse, frozen_for=frozen_for))
    return answer(row, dispute, sale, replayed=False)


async def win_dispute(connection: Connection, decision: Decision) -> Dispute:
    """The bank has given the money back: the coins are free, in their old place.

    At most once a dispute; the same key answers again. Raises `DisputeNotFound`,
    `DisputeLost`, `DisputeWon` or `IdempotencyConflict`.
    """
    purse = await fresh(connection, decision.account, at=decision.at)
    earlier = await decided(connection, decision)
    if earlier is not None:
        return await as_it_was(connection, earlier, dispute=decision.on)
    dispute, sale, hold = await open_one(connection, decision)
    coins = hold.coins if hold else 0
    row = replace(
        await decision_row(
            connection, decision, kind=Kind.DISPUTE_WON, balance=purse.spendable + coins
        ),
        shape=Shape.VOID if hold else Shape.OTHER,
        promo=hold.promo if hold else 0,
        paid=hold.paid if hold else 0,
    )
    back = Leg(dispute.clearing, sale.disputed, dispute.amount, dispute.asset)
    await store.add_journal(connection, row, [back])
    if hold is not None:
        purse = await give_back(connection, purse, hold, seq=row.seq)
    await dispute_store.close(connection, dispute, state=ClaimState.KEPT, seq=row.seq)
    await store.write_purse(connection, await undisputed(connection, purse))
    await fresh(connection, decision.account, at=decision.at)
    return answer(row, dispute, sale, replayed=False)


async def _disputable(
    connection: Connection, purse: PurseRow, order: DisputeOrder
) -> tuple[Sale, int]:
    """The recharge, and how much of its money is left to take back."""
    sale = await sale_store.sale(connection, account=purse.account, source=order.source)
    if sale is None:
        raise NotFound
    if order.fee is not None and order.fee.currency != sale.currency:
        raise CurrencyMismatch(expected=sale.currency, got=order.fee.currency)
    before = await dispute_store.unresolved(connection, account=purse.account, source=order.source)
    if before is not None:
        raise DisputeOpen if before.state == ClaimState.OPEN else DisputeLost
    refunded = await sale_store.refunded(connection, account=purse.account, source=order.source)
    amount = (sale.amounts - refunded).cleared
    if amount <= 0:
        raise RechargeRefunded
    return sale, amount


def _taken_by_the_bank(order: DisputeOrder, sale: Sale, amount: int) -> list[Leg]:
    fee = order.fee.amount if order.fee else 0
    return pair(
        [(sale.disputed, amount), (DISPUTE_FEES, fee)],
        [(sale.clearing, amount + fee)],
        asset=NUMERIC[sale.currency],
    )


async def open_one(
    connection: Connection, decision: Decision
) -> tuple[DisputeRow, Sale, Hold | None]:
    """The open dispute that is decided, its recharge, and the hold of what was left."""
    dispute = await dispute_store.dispute_row(
        connection, account=decision.account, dispute=decision.on
    )
    if dispute is None:
        raise DisputeNotFound
    if dispute.state != ClaimState.OPEN:
        raise DisputeWon if dispute.state == ClaimState.KEPT else DisputeLost
    hold = await hold_store.hold_row(connection, account=decision.account, hold=dispute.id)
    return dispute, await _sale(connection, dispute), hold


async def _sale(connection: Connection, dispute: DisputeRow) -> Sale:
    sale = await sale_store.sale(connection, account=dispute.account, source=dispute.source)
    assert sale is not None, "a dispute has its recharge"
    return sale


async def undisputed(connection: Connection, purse: PurseRow) -> PurseRow:
    """The purse, frozen for a dispute only while there is another one."""
    if await dispute_store.open_count(connection, account=purse.account):
        return purse
    return replace(purse, frozen_for=purse.frozen_for & ~Freeze.DISPUTE)


async def as_it_was(connection: Connection, row: JournalRow, *, dispute: UUID) -> Dispute:
    """What the act answered when it came first."""
    found = await dispute_store.dispute_row(connection, account=row.account, dispute=dispute)
    assert found is not None, "a dispute's journal has its dispute"
    return answer(row, found, await _sale(connection, found), replayed=True)


def answer(row: JournalRow, dispute: DisputeRow, sale: Sale, *, replayed: bool) -> Dispute:
    """A dispute as it stood after an act."""
    states = {Kind.DISPUTE_WON: ClaimState.KEPT, Kind.DISPUTE_LOST: ClaimState.TAKEN}
    state = states.get(row.kind, ClaimState.OPEN)
    return Dispute(
        id=dispute.id,
        seq=row.seq,
        account=row.account,
        source=sale.source,
        amount=Money(dispute.amount, sale.currency),
        paid=row.paid,
        promo=row.promo,
        owed=dispute.owed if state is ClaimState.TAKEN else 0,
        diamonds=dispute.diamonds if state is ClaimState.TAKEN else 0,
        state=state,
        balance=row.balance,
        replayed=replayed,
    )
