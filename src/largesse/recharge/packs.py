"""What is on the shelf in a country: its packs, its price list and its ways to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.payments import Providers
from largesse.recharge import price, store, stores_store
from largesse.recharge.price import Pack, PriceList
from largesse.recharge.reductions.model import Offer
from largesse.recharge.reductions.offers import offers_of
from largesse.recharge.store import PaymentMethod

# Countries without a list of their own buy from this one, in its currency.
LIST_DEFAULT = "US"
# Which store sells in which channel; the web has none.
STORES = {"ios": "apple", "android": "google"}


@dataclass(frozen=True, slots=True)
class Shelf:
    """One country's price list with its packs, smallest first, and one account's offers on them.

    On a store's shelf each pack has the store's price and is a product of the store's.
    """

    prices: PriceList
    packs: Sequence[Pack]
    offers: Mapping[UUID, Offer] = field(default_factory=dict)
    products: Mapping[UUID, str] = field(default_factory=dict)


async def shelf(
    connection: Connection, *, country: str, now: datetime, account: int | None = None
) -> Shelf:
    """The shelf that a person of this country buys from; without an account, as guests see it."""
    prices = await _prices(connection, country=country, now=now)
    packs = await store.packs(connection, country=prices.country)
    return Shelf(prices, packs, await offers_of(connection, packs, account=account, now=now))


async def shelf_in(
    connection: Connection,
    channel: str,
    *,
    country: str,
    now: datetime,
    account: int | None = None,
) -> Shelf:
    """The shelf of a channel: ours on the web, and a store's own inside an app, without offers."""
    ours = await shelf(connection, country=country, now=now, account=account)
    if channel not in STORES:
        return ours
    sold = await stores_store.products(
        connection, provider=STORES[channel], country=ours.prices.country
    )
    return Shelf(
        # The store sells on its own account: its tax is in its books and not in ours.
        prices=replace(ours.prices, tax_name="", tax_bps=0),
        packs=[replace(pack, price=sold[pack.id].price) for pack in ours.packs if pack.id in sold],
        products={pack.id: sold[pack.id].product for pack in ours.packs if pack.id in sold},
    )


async def payment_methods(
    connection: Connection,
    *,
    country: str,
    providers: Providers,
    now: datetime,
    channel: str | None = "web",
) -> list[PaymentMethod]:
    """The ways to pay there in the list's currency, in the list's order."""
    prices = await _prices(connection, country=country, now=now)
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
    packs = await store.packs(connection, country=await _home(connection, country))
    return price.smallest_fitting(missing, packs=packs)


async def _prices(connection: Connection, *, country: str, now: datetime) -> PriceList:
    prices = await store.price_list(connection, country=country, now=now)
    if prices is None:
        prices = await store.price_list(connection, country=LIST_DEFAULT, now=now)
    assert prices is not None, "the default price list is missing"
    return prices


async def _home(connection: Connection, country: str) -> str:
    return country if await store.has_list(connection, country=country) else LIST_DEFAULT
