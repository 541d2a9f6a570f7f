"""What a decline of a saved method means: never that an order is over."""

from __future__ import annotations

from dataclasses import replace

from largesse.kernel.database import Connection
from largesse.payments import Declined, Outcome
from largesse.recharge.model import Recharge
from largesse.recharge.saved import store as saved_store


async def with_a_page_left(connection: Connection, recharge: Recharge, outcome: Outcome) -> Outcome:
    """The same fact; a charge is the provider's last try, but its buyer may still pay on a page.

    Notices may tell it before the charge itself has answered, so every way in passes here.
    """
    if not isinstance(outcome, Declined) or not outcome.is_last:
        return outcome
    if recharge.checkout_url is not None:
        return outcome
    way = await saved_store.way_of(connection, recharge=recharge.id)
    is_charge = way is not None and way.method is not None
    return replace(outcome, is_last=False) if is_charge else outcome
