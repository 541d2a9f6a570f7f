"""What an app needs to know to buy for an order."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from largesse.recharge.model import OPEN, Recharge


class StoreShown(msgspec.Struct, frozen=True):
    """What an app has to buy for an order, and whom it names as the buyer.

    `account_token` is the App Store's `appAccountToken` and Google Play's obfuscated profile id.
    """

    provider: str
    product_id: str
    account_token: str


def show_store(recharge: Recharge) -> StoreShown | UnsetType:
    """What to buy, for as long as a purchase may still arrive."""
    if not recharge.product or recharge.state not in OPEN:
        return UNSET
    return StoreShown(recharge.provider, recharge.product, str(recharge.id))
