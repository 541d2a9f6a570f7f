"""A person's saved methods: looked at, chosen, removed, and forgotten by their provider."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.payments import KeepsMethods, ProviderUnknown
from largesse.people import Viewer
from largesse.recharge.recharging import Recharging
from largesse.recharge.saved import auto_store
from largesse.recharge.saved import store as saved_store
from largesse.recharge.saved.store import SavedRow

# How long a provider that did not forget is left alone.
FORGET_AGAIN_SECONDS = 60
ROUND_MAX = 50

log = structlog.get_logger("largesse.recharge")


async def own_method(connection: Connection, viewer: Viewer, method: UUID) -> SavedRow:
    """One's own saved method; raises `NotFound`, for a removed or somebody else's too."""
    found = await saved_store.method_by_id(connection, method=method)
    if found is None or found.person != viewer.no or found.removed_at is not None:
        raise NotFound
    return found


async def choose_default(connection: Connection, viewer: Viewer, method: UUID) -> None:
    """Let a saved method be offered first; raises `NotFound`."""
    await saved_store.lock_methods(connection, person=viewer.no)
    await own_method(connection, viewer, method)
    await saved_store.make_default(connection, person=viewer.no, method=method)


async def remove_method(
    connection: Connection, viewer: Viewer, method: UUID, *, now: datetime
) -> None:
    """Use a saved method no longer, from the commit on; its provider is told after that.

    Auto-recharge that used it is paused. Raises `NotFound`.
    """
    await saved_store.lock_methods(connection, person=viewer.no)
    found = await own_method(connection, viewer, method)
    await saved_store.mark_removed(connection, method=method, at=now)
    if found.is_default:
        await saved_store.make_default(connection, person=viewer.no, method=None)
    await auto_store.pause_with_method(connection, method=method, why="method_removed")


async def forget_methods(recharging: Recharging, *, now: datetime) -> int:
    """Tell providers to forget what was removed, until they say that they have; returns how many.

    Safe on many workers at once: a removed method is one worker's for a minute.
    """
    async with recharging.database.work() as connection:
        due = await saved_store.claim_forgettable(
            connection,
            now=now,
            until=now + timedelta(seconds=FORGET_AGAIN_SECONDS),
            limit=ROUND_MAX,
        )
    done = 0
    for method in due:
        if await _forgets(recharging, method):
            done += 1
            async with recharging.database.work() as connection:
                await saved_store.forgotten(connection, method=method.id)
    return done


async def _forgets(recharging: Recharging, method: SavedRow) -> bool:
    try:
        provider = recharging.providers[method.provider]
    except ProviderUnknown:
        # It is switched off for now; what it keeps waits until it is back.
        return False
    if not isinstance(provider, KeepsMethods) or method.token is None:
        return False
    is_forgotten = await provider.forget_method(customer=method.customer, token=method.token)
    if not is_forgotten:
        log.warning("method_not_forgotten", provider=method.provider, method=str(method.id))
    return is_forgotten
