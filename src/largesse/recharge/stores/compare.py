"""What the same coins cost where else they are sold, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.kernel.money import Money
from largesse.payments import Providers
from largesse.recharge.packs import Shelf
from largesse.recharge.stores import compare_store as store
from largesse.recharge.stores.compare_store import StorePrice

# Which store sells in which channel.
CHANNELS = {"apple": "ios", "google": "android"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One pack in one channel: what is paid there, and what its store keeps of that."""

    channel: str
    total: Money
    kept: Money | None = None


async def compare_channels(
    connection: Connection, shelf: Shelf, providers: Providers
) -> Mapping[UUID, Sequence[Compared]]:
    """Each pack with its price on the web and in the stores that this house sells in; web first.

    Offers and coupons are left out: they are one person's, not a channel's.
    """
    stores = [code for code in CHANNELS if code in providers.by_code]
    if not stores:
        return {}
    listed = await store.prices(connection, country=shelf.prices.country, providers=stores)
    return side_by_side(shelf, listed, providers)


def side_by_side(
    shelf: Shelf, listed: Sequence[StorePrice], providers: Providers
) -> Mapping[UUID, Sequence[Compared]]:
    """A store's price is the one that it lists, never one that we guess; what no store lists is left out."""
    currency = shelf.prices.currency
    found: dict[UUID, Sequence[Compared]] = {}
    for pack in shelf.packs:
        channels = [Compared("web", Money(shelf.prices.bill(pack.price).total, currency))]
        for row in listed:
            if row.pack == pack.id:
                there = Money(row.price, currency)
                kept = providers[row.provider].fee(there)
                channels.append(Compared(CHANNELS[row.provider], there, kept))
        if len(channels) > 1:
            found[pack.id] = channels
    return found
