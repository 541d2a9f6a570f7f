"""The same coins on the web and in the stores, side by side."""

from __future__ import annotations

from uuid import UUID

from largesse.kernel.money import Money
from largesse.payments import Provider, Providers
from largesse.recharge.packs import Shelf, shelf
from largesse.recharge.price import Pack, PriceList
from largesse.recharge.stores.compare import compare_channels, side_by_side
from largesse.recharge.stores.compare_store import StorePrice
from tests.recharge.house import House

SMALL = Pack(id=UUID(int=1), coins=70, promo_coins=0, price=99)
LARGE = Pack(id=UUID(int=2), coins=700, promo_coins=0, price=999)
SHELF = Shelf(PriceList("US", "USD", 35, 1000, "Sales tax", 1000, False), [SMALL, LARGE])


class Store:
    """A store as far as this question goes: it keeps three tenths."""

    def fee(self, paid: Money) -> Money:
        return Money(paid.amount * 3 // 10, paid.currency)


def stores() -> Providers:
    store: Provider = Store()  # type: ignore[assignment]  # only its fee is asked for
    return Providers({"apple": store, "google": store})


def test_a_pack_is_compared_where_a_store_lists_it() -> None:
    listed = [StorePrice("apple", LARGE.id, 1299), StorePrice("google", LARGE.id, 1199)]
    found = side_by_side(SHELF, listed, stores())
    assert list(found) == [LARGE.id]
    told = [(one.channel, one.total.amount, one.kept) for one in found[LARGE.id]]
    assert told == [
        ("web", 1099, None),
        ("ios", 1299, Money(389, "USD")),
        ("android", 1199, Money(359, "USD")),
    ]


async def test_stores_are_compared_by_what_they_list(house: House) -> None:
    async with house.database.read() as connection:
        german = await shelf(connection, country="DE", now=house.clock.now())
        found = await compare_channels(connection, german, stores())
    assert list(found) == [pack.id for pack in german.packs]
    for channels in found.values():
        assert [one.channel for one in channels] == ["web", "ios", "android"]
        assert {one.total.currency for one in channels} == {"EUR"}


async def test_a_house_without_stores_compares_nothing(house: House) -> None:
    shown = (await house.http.get("/v1/packs/compare?country=DE")).json()
    assert (shown["data"], shown["country"], shown["currency"]) == ([], "DE", "EUR")
    assert (await house.http.get("/v1/packs/compare?country=de")).status_code == 422
