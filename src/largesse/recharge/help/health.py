"""How providers answer, so that buyers are told before they try, and orders wait instead of fail.

Every call that falls silent is noted; a provider that fell silent several times within a
minute is degraded, then down. Only an answer to our own probe makes it well again: with its
methods greyed out nobody else would ask it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from largesse.kernel import ids
from largesse.payments import CheckoutStarted, Outcome, Unknown
from largesse.recharge.help import store
from largesse.recharge.help.store import ProviderHealth
from largesse.recharge.recharging import Recharging

WINDOW = timedelta(minutes=1)
DEGRADED_AFTER = 2
DOWN_AFTER = 5
# An order that cannot be: asking for it costs nobody anything, and any answer is a sign of life.
PROBE = ids.show("rch", UUID(int=0))


def is_silent(answers: Sequence[Outcome | CheckoutStarted]) -> bool:
    """Whether a provider gave no answer at all."""
    return any(isinstance(one, Unknown) and not one.answered for one in answers)


async def note_answers(
    recharging: Recharging,
    provider: str,
    answers: Sequence[Outcome | CheckoutStarted],
    *,
    now: datetime,
) -> None:
    """Count a silence; an answer costs nothing. Called after the call, outside transactions."""
    if not is_silent(answers):
        return
    async with recharging.database.work() as connection:
        await store.count_failure(
            connection,
            provider=provider,
            at=now,
            since=now - WINDOW,
            degraded_after=DEGRADED_AFTER,
            down_after=DOWN_AFTER,
        )


async def probe_providers(recharging: Recharging, *, now: datetime) -> int:
    """Ask every provider that is not well for a sign of life; returns how many are well again."""
    async with recharging.database.read() as connection:
        unwell = [one for one in await store.health(connection) if one.status != "ok"]
    recovered = 0
    for one in unwell:
        if one.provider not in list(recharging.providers):
            continue
        answers = await recharging.providers[one.provider].query(reference=PROBE, checkout="")
        if is_silent(answers):
            await note_answers(recharging, one.provider, answers, now=now)
            continue
        async with recharging.database.work() as connection:
            await store.mark_well(connection, provider=one.provider, at=now)
        recovered += 1
    return recovered


async def provider_health(recharging: Recharging, *, now: datetime) -> list[ProviderHealth]:
    """How each provider that is switched on answers. One never heard of is well."""
    async with recharging.database.read() as connection:
        known = {one.provider: one for one in await store.health(connection)}
    return [known.get(code) or ProviderHealth(code, "ok", now) for code in recharging.providers]
