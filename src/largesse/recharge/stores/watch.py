"""Ask app stores for what their notices did not bring: refunds and purchases that nobody told us."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from largesse.kernel.errors import LargesseError
from largesse.payments import NoticeRefused, Storefront, kept_events
from largesse.recharge import stores_store
from largesse.recharge.notices import act_on_notice
from largesse.recharge.recharging import Recharging

EVERY_SECONDS = 600
RETRY_SECONDS = 60
# What a store knows may show up late in its lists, so each look reaches back a little.
OVERLAP_HOURS = 6
# The first look reaches so far, and none is longer: what was missed is read in pieces.
DAYS_MAX = 3

log = structlog.get_logger("largesse.recharge")


async def watch_stores(recharging: Recharging, *, now: datetime) -> int:
    """Act on what every store knows and we did not; returns how much that was."""
    found = 0
    for code in recharging.providers:
        store = recharging.providers[code]
        if isinstance(store, Storefront):
            found += await _watch(recharging, code, store, now=now)
    return found


async def _watch(recharging: Recharging, code: str, store: Storefront, *, now: datetime) -> int:
    async with recharging.database.work() as connection:
        seen_until = await stores_store.claim_watch(
            connection,
            provider=code,
            first=now - timedelta(days=DAYS_MAX),
            now=now,
            until=now + timedelta(seconds=RETRY_SECONDS),
        )
    if seen_until is None:
        return 0
    until = min(now, seen_until + timedelta(days=DAYS_MAX))
    try:
        found = await _act(
            recharging, code, store, since=seen_until - timedelta(hours=OVERLAP_HOURS), now=until
        )
    except LargesseError as error:
        # It is asked again in a minute, from where it was.
        log.warning("store_silent", provider=code, code=error.code, why=error.detail)
        return 0
    async with recharging.database.work() as connection:
        await stores_store.watched(
            connection,
            provider=code,
            seen_until=until,
            due_at=now + timedelta(seconds=EVERY_SECONDS if until == now else 0),
        )
    return found


async def _act(
    recharging: Recharging, code: str, store: Storefront, *, since: datetime, now: datetime
) -> int:
    missed = await store.missed(since=since, until=now)
    async with recharging.database.read() as connection:
        known = await kept_events(connection, provider=code, events=[one.event for one in missed])
    fresh = [one for one in missed if one.event not in known]
    done = 0
    for one in fresh:
        try:
            notice = await store.read_missed(one)
        except NoticeRefused:
            # It will never be readable, and the others must not wait behind it.
            log.warning("missed_notice_unreadable", provider=code, event_id=one.event)
            continue
        await act_on_notice(recharging, code, notice, headers={}, body=one.body, now=now)
        log.info("notice_was_missed", provider=code, event_id=one.event)
        done += 1
    return done
