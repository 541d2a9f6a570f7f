"""What is on the shelf in a country: its packs, its price list and its ways to pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from largesse.kernel.database import Connection
from largesse.payments import Providers
from largesse.recharge import price, store
from largesse.recharge.price import Pack, PriceList
from largesse.recharge.store import PaymentMethod

# Countries without a list of their own buy from this one, in its currency.
LIST_DEFAULT = "US"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One country's price list with its packs, smallest first."""

    prices: PriceList
    packs: Sequence[Pack]


async def shelf(connection: Connection, *, country: str) -> Shelf:
    """The shelf that a person of this country buys from."""
    prices = await store.price_list(connection, country=country)
    if prices is None:
        prices = await store.price_list(connection, country=LIST_DEFAULT)
    assert prices is not None, "the default price list is missing"
    return Shelf(prices, await store.packs(connection, country=prices.country))


async def payment_methods(
    connection: Connection, *, country: str, providers: Providers
) -> list[PaymentMethod]:
    """The ways to pay there in the list's currency, in the list's order."""
    prices = (await shelf(connection, country=country)).prices
    return await store.methods(
        connection, country=prices.country, providers=providers.collecting(prices.currency)
    )


async def smallest_fitting_pack(
    connection: Connection, *, country: str, missing: int
) -> Pack | None:
    """The cheapest pack that closes the gap; the biggest when none does alone."""
    packs = (await shelf(connection, country=country)).packs
    return price.smallest_fitting(missing, packs=packs)
