"""What is on the shelf in a country: its packs, its price list and its ways to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.payments import Providers
from largesse.recharge import price, store, stores_store
from largesse.recharge.price import Pack, PriceList
from largesse.recharge.store import PaymentMethod

# Countries without a list of their own buy from this one, in its currency.
LIST_DEFAULT = "US"
# Which store sells in which channel; the web has none.
STORES = {"ios": "apple", "android": "google"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """One country's price list with its packs, smallest first.

    On a store's shelf each pack has the store's price and is a product of the store's.
    """

    prices: PriceList
    packs: Sequence[Pack]
    products: Mapping[UUID, str] = field(default_factory=dict)


async def shelf(connection: Connection, *, country: str) -> Shelf:
    """The shelf that a person of this country buys from."""
    prices = await store.price_list(connection, country=country)
    if prices is None:
        prices = await store.price_list(connection, country=LIST_DEFAULT)
    assert prices is not None, "the default price list is missing"
    return Shelf(prices, await store.packs(connection, country=prices.country))


async def shelf_in(connection: Connection, *, country: str, channel: str) -> Shelf:
    """The shelf of a channel: ours on the web, and a store's own inside an app."""
    ours = await shelf(connection, country=country)
    if channel not in STORES:
        return ours
    sold = await stores_store.products(
        connection, provider=STORES[channel], country=ours.prices.country
    )
    return Shelf(
        # The store sells on its own account: its tax is in its books and not in ours.
        prices=replace(ours.prices, tax_bps=0),
        packs=[
            replace(pack, price=sold[pack.id].price, original_price=None)
            for pack in ours.packs
            if pack.id in sold
        ],
        products={pack.id: sold[pack.id].product for pack in ours.packs if pack.id in sold},
    )


async def payment_methods(
    connection: Connection,
    *,
    country: str,
    providers: Providers,
    channel: str | None = "web",
) -> list[PaymentMethod]:
    """The ways to pay there in the list's currency, in the list's order."""
    prices = (await shelf(connection, country=country)).prices
    return await store.methods(
        connection,
        country=prices.country,
        providers=providers.collecting(prices.currency),
        channel=channel,
    )


async def smallest_fitting_pack(
    connection: Connection, *, country: str, missing: int
) -> Pack | None:
    """The cheapest pack that closes the gap; the biggest when none does alone."""
    packs = (await shelf(connection, country=country)).packs
    return price.smallest_fitting(missing, packs=packs)
