"""A buyer wants their money back for the coins of a recharge that they have not spent."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.ledger import DisputeLost, DisputeOpen, NothingToRefund, Seller
from largesse.people import Viewer
from largesse.recharge import store
from largesse.recharge.claims import model as claims_model
from largesse.recharge.claims import store as claims_store
from largesse.recharge.claims.model import RechargeRefund, RefundState
from largesse.recharge.errors import RefundByStore, RefundTooLate, RefundUnavailable
from largesse.recharge.model import PAID, Recharge, State, Step
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.refunds.drive import drive_refund

# Where each store takes a wish for a refund.
STORE_REFUNDS = {
    "apple": "https://reportaproblem.apple.com",
    "google": "https://play.google.com/store/account/orderhistory",
}


async def ask_refund(
    recharging: Recharging, viewer: Viewer, recharge: UUID, *, key: str, now: datetime
) -> RechargeRefund:
    """The refund as far as the provider could tell by now.

    The coins are set aside and the wish is written down before the provider is asked; if it
    says nothing, the sweeper asks again until it does. The same key is the same refund, and
    while one is under way any other key leads to it. Raises `NotFound`, `RefundByStore`,
    `RefundTooLate`, `RefundUnavailable`, or the ledger's `NothingToRefund`, `DisputeOpen`,
    `DisputeLost` or `CoinsOwed`.
    """
    async with recharging.database.work() as connection:
        current = await store.locked(connection, recharge=recharge)
        if current is None or current.account != viewer.no:
            raise NotFound
        refund, balance = await hold_coins(connection, recharging, current, key=key, now=now)
    if balance is not None:
        tell_asked(recharging, current, balance=balance, now=now)
    return await drive_refund(recharging, refund.id, now=now)


async def hold_coins(
    connection: Connection,
    recharging: Recharging,
    recharge: Recharge,
    *,
    key: str,
    now: datetime,
    by_operator: bool = False,
) -> tuple[RechargeRefund, int | None]:
    """The refund, written down, and what can be spent now if it is a new one.

    The caller holds the order's row. For an operator there is no last day.
    """
    claims = await claims_store.claims_of(connection, recharge=recharge.id)
    for earlier in claims.refunds:
        if earlier.key == key or earlier.state.is_open:
            return earlier, None
    await _require_refundable(connection, recharging, recharge, now=now, by_operator=by_operator)
    refund_id = ids.make()
    held = await ledger.hold_refund(
        connection,
        ledger.RefundOrder(
            id=refund_id,
            account=recharge.account,
            source=recharge.id,
            key=f"recharge refund:{refund_id}",
            body=b"unspent",
            at=now,
        ),
    )
    refund = RechargeRefund(
        id=refund_id,
        recharge=recharge.id,
        key=key,
        state=RefundState.ASKED,
        coins=held.paid,
        promo_coins=held.promo,
        amount=held.money.amount,
        tax=held.tax.amount,
        asked_at=now,
        # Whoever asks now asks at once; this is for the case that they do not come back.
        next_check_at=now + timedelta(seconds=claims_model.REFUND_FIRST_SECONDS),
    )
    await claims_store.insert_refund(connection, refund)
    facts = {"coins": held.paid, "promo_coins": held.promo, "amount": held.money.amount}
    await store.add_step(connection, recharge.id, Step("refund_asked", facts), at=now)
    return refund, held.balance


def tell_asked(recharging: Recharging, recharge: Recharge, *, balance: int, now: datetime) -> None:
    """Tell the buyer, after the commit, that the coins are set aside."""
    news = RechargeNews(
        person=recharge.person,
        reference=recharge.reference,
        at=now,
        state=recharge.state,
        what="refund_asked",
        balance=balance,
    )
    recharging.tell(news)


async def _require_refundable(
    connection: Connection,
    recharging: Recharging,
    recharge: Recharge,
    *,
    now: datetime,
    by_operator: bool,
) -> None:
    match recharge.state:
        case State.DISPUTED:
            raise DisputeOpen
        case State.LOST:
            raise DisputeLost
        case state if state not in PAID:
            raise NothingToRefund
    if recharge.provider not in recharging.providers:
        raise RefundUnavailable
    if recharging.provider_of(recharge).seller is Seller.STORE:
        raise RefundByStore(ask_at=STORE_REFUNDS.get(recharge.provider, ""))
    if recharge.checkout is None:
        raise RefundUnavailable
    if recharge.given_back and recharge.state is not State.REFUNDED and not by_operator:
        # Which coins that part was for is a person's to say; until then it could be paid twice.
        raise RefundUnavailable
    until = await refund_until(connection, recharging, recharge)
    if not by_operator and (until is None or now >= until):
        raise RefundTooLate(days=recharging.rules.refund_days)


async def refund_until(
    connection: Connection, recharging: Recharging, recharge: Recharge
) -> datetime | None:
    """Until when the buyer may ask; None for an order without its coins."""
    arrived = await claims_store.credited_at(connection, recharge=recharge.id)
    return None if arrived is None else arrived + timedelta(days=recharging.rules.refund_days)
