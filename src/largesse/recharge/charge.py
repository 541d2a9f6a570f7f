"""Begin to collect an order's money: with a saved method, or on the provider's page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from largesse.payments import (
    ChargeAnswer,
    Declined,
    DeclineReason,
    KeepsMethods,
    Settled,
    Unknown,
)
from largesse.people import person_by_no
from largesse.recharge import store
from largesse.recharge.help.health import note_answers
from largesse.recharge.model import Recharge, State, Step
from largesse.recharge.recharging import Recharging
from largesse.recharge.saved import store as saved_store
from largesse.recharge.saved.auto_news import announce
from largesse.recharge.saved.store import SavedRow, Way
from largesse.recharge.settle import settle, tell_all
from largesse.recharge.start import checkout_wanted, start_checkout

_NOT_KEPT = Declined(DeclineReason.METHOD_UNAVAILABLE, attempt=1, is_last=False)


async def begin_payment(
    recharging: Recharging, recharge: Recharge, *, now: datetime, phone_address: str = ""
) -> Recharge:
    """The order after asking its provider to collect: paid, under way, or with a page to pay on.

    Everything in it has a key that derives from the order, so a crash, a timeout or two
    callers at once never charge twice and never open a second page. A charge that the
    bank refused leads a buyer who is there to the page; nobody is there to see one when
    auto-recharge was declined, and then the order stays as it is.
    """
    async with recharging.database.read() as connection:
        way = await saved_store.way_of(connection, recharge=recharge.id)
    if way is None or way.method is None:
        return await start_checkout(
            recharging, recharge, way=way, now=now, phone_address=phone_address
        )
    if way.answered_at is None:
        recharge, is_answered = await _charged(recharging, recharge, way, now=now)
        if not is_answered:
            return recharge
    waits = recharge.state is State.AWAITING_PAYMENT and recharge.checkout_url is None
    is_auto = way.auto_person is not None
    bank_asks = recharge.attempts_seen > recharge.attempts_done
    if not waits or (is_auto and not bank_asks):
        return recharge
    opened = await start_checkout(
        recharging, recharge, way=way, now=now, phone_address=phone_address
    )
    if is_auto and opened.checkout_url is not None:
        await _tell_that_the_bank_asks(recharging, opened, now=now)
    return opened


async def _charged(
    recharging: Recharging, recharge: Recharge, way: Way, *, now: datetime
) -> tuple[Recharge, bool]:
    """The order after its charge, and whether the provider said what it came to."""
    assert way.method is not None
    async with recharging.database.read() as connection:
        method = await saved_store.method_by_id(connection, method=way.method)
    assert method is not None, "a saved method's row outlives it"
    answers = await _answers(recharging, recharge, method)
    await note_answers(recharging, recharge.provider, answers, now=now)
    is_answered = not any(isinstance(one, Unknown) for one in answers)
    async with recharging.database.work() as connection:
        settlement = await settle(
            connection,
            recharging,
            recharge.id,
            answers,
            said_by=recharge.provider,
            now=now,
            # A payment without a page is known by its own name, for a refund of it.
            checkout=next((one.payment for one in answers if isinstance(one, Settled)), ""),
        )
        assert settlement is not None
        if is_answered:
            await saved_store.mark_answered(connection, recharge=recharge.id, at=now)
        elif await store.last_step(connection, recharge=recharge.id) != "provider_silent":
            step = Step("provider_silent", {"provider": recharge.provider})
            await store.add_step(connection, recharge.id, step, at=now)
    tell_all(recharging, settlement.news)
    return settlement.recharge, is_answered


async def _answers(
    recharging: Recharging, recharge: Recharge, method: SavedRow
) -> Sequence[ChargeAnswer]:
    provider = recharging.provider_of(recharge)
    # Confirmed before the method was removed, it may have been charged already and nobody knows:
    # then only the same key can tell, so it is asked again.
    assert recharge.confirmed_at is not None
    is_over = method.removed_at is not None and method.removed_at <= recharge.confirmed_at
    if is_over or method.token is None or not isinstance(provider, KeepsMethods):
        return (_NOT_KEPT,)
    wanted = replace(checkout_wanted(recharging, recharge), customer=method.customer)
    key = f"{recharge.reference}:charge"
    return await provider.charge_saved(wanted, token=method.token, key=key)


async def _tell_that_the_bank_asks(
    recharging: Recharging, recharge: Recharge, *, now: datetime
) -> None:
    async with recharging.database.work() as connection:
        await store.locked(connection, recharge=recharge.id)
        if await store.last_step(connection, recharge=recharge.id) == "auto_action_required":
            return
        owner = await person_by_no(connection, no=recharge.account)
        news = await announce(
            connection, recharging, "auto_action_required", owner=owner, order=recharge, now=now
        )
    tell_all(recharging, [news])
