"""Ask the provider for a page to pay on, with a key that is ours and never changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from largesse.payments import CheckoutStarted, CheckoutWanted
from largesse.recharge import store
from largesse.recharge.help.health import note_answers
from largesse.recharge.model import Recharge, State, Step
from largesse.recharge.recharging import Recharging
from largesse.recharge.saved.store import Way


def checkout_wanted(
    recharging: Recharging, recharge: Recharge, *, phone_address: str = ""
) -> CheckoutWanted:
    """What the provider is asked to collect."""
    return CheckoutWanted(
        reference=recharge.reference,
        price=recharge.total_money,
        description=_description(recharge),
        method=recharge.method,
        return_url=recharge.return_url,
        expires_at=recharge.expires_at,
        attempts_max=recharging.rules.attempts_max,
        phone_address=phone_address,
    )


async def start_checkout(
    recharging: Recharging,
    recharge: Recharge,
    *,
    way: Way | None,
    now: datetime,
    phone_address: str = "",
) -> Recharge:
    """The order with its page, or as it was when the provider did not answer.

    The intent is in the database before we call, and the key derives from it, so a
    timeout, a crash or two callers at once never open a second checkout. Silence
    is not failure: the sweeper asks again with the same key.
    """
    wanted = checkout_wanted(recharging, recharge, phone_address=phone_address)
    if way is not None and way.saves:
        wanted = replace(wanted, customer=way.customer, save=True)
    provider = recharging.provider_of(recharge)
    answer = await provider.start_checkout(wanted, key=f"{recharge.reference}:checkout")
    await note_answers(recharging, provider.code, [answer], now=now)
    async with recharging.database.work() as connection:
        current = await store.locked(connection, recharge=recharge.id)
        assert current is not None
        if current.checkout_url is not None:
            return current
        if not isinstance(answer, CheckoutStarted):
            if await store.last_step(connection, recharge=current.id) != "provider_silent":
                step = Step("provider_silent", {"provider": provider.code})
                await store.add_step(connection, current.id, step, at=now)
            return current
        opened = replace(current, checkout=answer.checkout, checkout_url=answer.url)
        await store.update(connection, opened)
        step = Step("checkout_opened", {"provider": provider.code})
        await store.add_step(connection, current.id, step, at=now)
    if opened.state is State.CANCELLED:
        # It was given up while we were asking; nobody should pay on that page.
        await provider.close_checkout(checkout=answer.checkout)
    return opened


def _description(recharge: Recharge) -> str:
    bonus = f" + {recharge.promo_coins:,} bonus" if recharge.promo_coins else ""
    return f"{recharge.coins:,} coins{bonus}"
