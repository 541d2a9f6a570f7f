"""Keep what the provider kept, because the buyer asked for it when they paid."""

from __future__ import annotations

from datetime import datetime

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.payments import SavedMethod
from largesse.recharge.model import Recharge
from largesse.recharge.saved import store as saved_store
from largesse.recharge.saved.store import SavedRow

# What somebody agrees to who lets a method be kept. New words get a new version.
CONSENT_VERSION = "2026-11"
CONSENT_TEXT = (
    "The payment provider keeps this way to pay, so that you can pay with it again."
    " Nothing is charged without your say, and you can remove it at any time."
)


async def keep_saved(
    connection: Connection, recharge: Recharge, saved: SavedMethod, *, now: datetime
) -> None:
    """Note a saved method beside the payment that saved it; again is the same as once.

    Without the buyer's consent on this very order nothing is kept, whatever the provider says.
    """
    way = await saved_store.way_of(connection, recharge=recharge.id)
    if way is None or not way.saves:
        return
    await saved_store.lock_methods(connection, person=recharge.account)
    await saved_store.put_customer(
        connection,
        person=recharge.account,
        provider=recharge.provider,
        customer=saved.customer,
        at=now,
    )
    row = SavedRow(
        id=ids.make(),
        person=recharge.account,
        provider=recharge.provider,
        customer=saved.customer,
        token=saved.token,
        method=recharge.method,
        kind=saved.kind[:40],
        label=saved.label[:80],
        expires=saved.expires,
        is_default=False,
        consent=way.consent,
        consented_at=recharge.confirmed_at or recharge.made_at,
        made_at=now,
    )
    await saved_store.put_method(connection, row)
