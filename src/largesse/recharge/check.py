"""Ask the provider what became of one order, and act on the answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from largesse.kernel.errors import NotFound
from largesse.recharge import store
from largesse.recharge.charge import begin_payment
from largesse.recharge.help.health import note_answers
from largesse.recharge.model import OPEN, PAID, Recharge, State
from largesse.recharge.recharging import Recharging
from largesse.recharge.settle import settle, tell_all


async def check_recharge(recharging: Recharging, recharge: UUID, *, now: datetime) -> Recharge:
    """The order after asking; credited, if it was paid and nobody had told us.

    One that was credited is asked about too: its payment may have been taken back.

    The provider is asked outside any transaction, and its answer applied in one. An
    order whose checkout was never confirmed to us is asked for again first.
    """
    async with recharging.database.read() as connection:
        current = await store.by_id(connection, recharge=recharge)
    if current is None:
        raise NotFound
    if current.state not in OPEN | PAID or current.confirmed_at is None:
        return current
    if current.checkout_url is None and current.state is State.AWAITING_PAYMENT:
        current = await begin_payment(recharging, current, now=now)
    outcomes = await recharging.provider_of(current).query(
        reference=current.reference, checkout=current.checkout or ""
    )
    await note_answers(recharging, current.provider, outcomes, now=now)
    async with recharging.database.work() as connection:
        settlement = await settle(
            connection,
            recharging,
            recharge,
            outcomes,
            said_by=current.provider,
            now=now,
            asked_at=now,
        )
    assert settlement is not None
    tell_all(recharging, settlement.news)
    return settlement.recharge
