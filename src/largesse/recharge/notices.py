"""Take a provider's notice: prove it, keep it, act on it, all before we answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.payments import (
    Notice,
    NoticeAnswer,
    NoticeRefused,
    Settled,
    Storefront,
    keep_notice,
    keep_refused_notice,
    mark_notice,
)
from largesse.recharge import store, stores_store
from largesse.recharge.claims import store as claims_store
from largesse.recharge.parking import WORTH_KEEPING
from largesse.recharge.recharging import Recharging
from largesse.recharge.settle import Settlement, settle, tell_all
from largesse.recharge.store import Suspense

log = structlog.get_logger("largesse.recharge")


async def take_notice(
    recharging: Recharging, code: str, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> NoticeAnswer:
    """Settle what the notice says, once, however often it is delivered; returns what to answer.

    The notice and its effect commit together, so an answer that never reached the
    provider only brings a delivery that changes nothing. Raises `NoticeRefused` for
    one that is not genuine (it is kept) and `ProviderUnknown`.
    """
    provider = recharging.providers[code]
    try:
        notice = await provider.read_notice(headers, body, now=now)
    except NoticeRefused:
        async with recharging.database.work() as connection:
            await keep_refused_notice(
                connection, provider=code, headers=headers, body=body, now=now
            )
        log.warning("notice_refused", provider=code)
        raise
    await act_on_notice(recharging, code, notice, headers=headers, body=body, now=now)
    return provider.taken


async def act_on_notice(
    recharging: Recharging,
    code: str,
    notice: Notice,
    *,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> None:
    """Keep a genuine notice and do what it says, in one transaction and once."""
    async with recharging.database.work() as connection:
        row = await keep_notice(
            connection, notice, provider=code, headers=headers, body=body, now=now
        )
        if not row.is_new or _says_nothing(notice):
            return
        settlement = await _act_on(connection, recharging, notice, code=code, now=now)
        reason = "unknown_order" if settlement is None else settlement.set_aside
        if reason is not None:
            await mark_notice(connection, row.id, verdict="set_aside", reason=reason)
            log.error("notice_set_aside", provider=code, event_id=notice.event, reason=reason)
    if settlement is not None:
        tell_all(recharging, settlement.news)


def _says_nothing(notice: Notice) -> bool:
    """A test, or news of what is none of ours: it is kept, and that is all."""
    return not notice.reference and not notice.outcomes


async def _act_on(
    connection: Connection, recharging: Recharging, notice: Notice, *, code: str, now: datetime
) -> Settlement | None:
    try:
        recharge = ids.read("rch", notice.reference)
    except NotFound:
        settlement = None
    else:
        if isinstance(recharging.providers[code], Storefront):
            await stores_store.note_purchase(
                connection, recharge=recharge, provider=code, purchase=notice.checkout
            )
        settlement = await settle(
            connection,
            recharging,
            recharge,
            notice.outcomes,
            said_by=code,
            now=now,
            checkout=notice.checkout,
        )
        if settlement is None and await store.by_id(connection, recharge=recharge) is None:
            await _park(connection, recharge, notice, code=code, now=now)
    if settlement is None:
        await _keep_stray_money(connection, notice, code=code, now=now)
    return settlement


async def _park(
    connection: Connection, recharge: UUID, notice: Notice, *, code: str, now: datetime
) -> None:
    """The order may be on its way to us: what was said about it waits for it."""
    for outcome in notice.outcomes:
        if isinstance(outcome, WORTH_KEEPING):
            await claims_store.park(connection, outcome, provider=code, recharge=recharge, at=now)


async def _keep_stray_money(
    connection: Connection, notice: Notice, *, code: str, now: datetime
) -> None:
    """Somebody paid for an order that is not this provider's: a person must look at it."""
    for outcome in notice.outcomes:
        if isinstance(outcome, Settled):
            suspense = Suspense(
                id=ids.make(),
                at=now,
                provider=code,
                payment=outcome.payment,
                reason="unknown_order",
                reference=notice.reference[:200],
                recharge=None,
                amount=outcome.paid.amount,
                currency=outcome.paid.currency,
            )
            await store.insert_suspense(connection, suspense)
