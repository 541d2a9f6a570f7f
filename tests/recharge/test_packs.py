"""What is on the shelf where, and that an operator can change it while everything runs."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from largesse.kernel.money import exponent
from largesse.kernel.postgres import Urls
from largesse.people.model import HOME_CURRENCY
from largesse.recharge import smallest_fitting_pack
from largesse.recharge.packs import shelf
from largesse.recharge.price import exact_price
from tests.recharge.house import House

COUNTRIES = ["AE", "BR", "CA", "CN", "DE", "FR", "GB", "ID", "IN", "JP", "KR", "KW", "MX", "US"]
STEPS = [70, 350, 700, 1400, 3500, 7000, 17500]


@pytest.mark.parametrize("country", COUNTRIES)
async def test_every_country_has_its_own_prices(house: House, country: str) -> None:
    answer = await house.http.get("/v1/packs", params={"country": country})
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["country"] == country
    assert shown["currency"] == HOME_CURRENCY[country]
    assert [pack["coins"] for pack in shown["data"]] == STEPS
    for pack in shown["data"]:
        assert pack["id"].startswith("pck_")
        assert pack["price"]["currency"] == HOME_CURRENCY[country]
        assert pack["price"]["decimal_places"] == exponent(HOME_CURRENCY[country])
        assert pack["per_coin"]["decimal_places"] == 6
        assert pack["total"]["amount"] >= pack["price"]["amount"] > pack["tax"]["amount"]


async def test_the_us_list_is_the_stated_one(house: House) -> None:
    shown = (await house.http.get("/v1/packs?country=US")).json()
    displays = [pack["price"]["display"] for pack in shown["data"]]
    assert displays == ["$0.99", "$4.99", "$9.99", "$19.99", "$49.99", "$99.99", "$249.99"]
    assert shown["data"][1]["per_coin"]["display"] == "$0.014258"


@pytest.mark.parametrize("country", COUNTRIES)
async def test_more_coins_never_cost_less_in_any_list(house: House, country: str) -> None:
    async with house.database.read() as connection:
        packs = (await shelf(connection, country=country, now=house.clock.now())).packs
    around = sorted({35, 36, *(step + by for step in STEPS for by in (-2, -1, 0, 1, 2)), 20_000})
    paid = [exact_price(coins, packs=packs) for coins in around]
    assert paid == sorted(paid)


async def test_a_country_without_a_list_buys_from_the_default_one(house: House) -> None:
    shown = (await house.http.get("/v1/packs?country=NZ")).json()
    assert (shown["country"], shown["currency"]) == ("US", "USD")


@pytest.mark.parametrize("country", ["us", "USA", "", "U1"])
async def test_a_country_that_is_none_is_refused(house: House, country: str) -> None:
    answer = await house.http.get("/v1/packs", params={"country": country})
    assert answer.status_code == 422


async def test_methods_depend_on_the_country(house: House) -> None:
    async def codes(country: str) -> list[str]:
        shown = (await house.http.get(f"/v1/payment-methods?country={country}")).json()
        return [method["code"] for method in shown["data"]]

    assert (await codes("US"))[:2] == ["card", "paypal"]
    assert "pix" in await codes("BR")
    assert "upi" in await codes("IN")
    assert "pix" not in await codes("US")
    assert "konbini" in await codes("JP")


@pytest.mark.parametrize(
    ("missing", "coins"), [(1, 70), (70, 70), (71, 350), (1426, 3500), (99_999, 17_500)]
)
async def test_the_smallest_fitting_pack(house: House, missing: int, coins: int) -> None:
    async with house.database.read() as connection:
        pack = await smallest_fitting_pack(connection, country="DE", missing=missing)
    assert pack is not None
    assert pack.coins == coins


async def test_an_operator_edits_prices_while_everything_runs(house: House, urls: Urls) -> None:
    buyer = await house.buyer(country="MX")
    promised = await buyer.quote(350)
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("update pack set price = 12000 where country = 'MX' and coins = 350")

    again = await buyer.quote(350)
    assert again["price"]["display"] == "MX$120.00"
    assert (await buyer.read(promised))["price"]["display"] == "MX$99.00"


async def test_a_new_tax_rate_is_a_row_and_orders_keep_the_old_one(
    house: House, urls: Urls
) -> None:
    buyer = await house.buyer(country="GB")
    promised = await buyer.quote(350)
    assert (promised["tax_name"], promised["tax_bps"], promised["tax"]["amount"]) == (
        "VAT",
        2000,
        83,
    )
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        for name, days in (("VAT", 0), ("Too early", 30)):
            connection.execute(
                "insert into tax_rate values ('GB', %s, 1500, true, %s)",
                (name, house.clock.now() + timedelta(days=days)),
            )
    again = await buyer.quote(350)
    assert (again["tax_name"], again["tax_bps"], again["tax"]["amount"]) == ("VAT", 1500, 65)
    assert again["total"] == promised["total"]
    assert (await buyer.read(promised))["tax_bps"] == 2000
    shown = (await house.http.get("/v1/packs?country=GB")).json()
    assert shown["tax"] == {"name": "VAT", "bps": 1500, "is_included": True}


async def test_tax_that_is_not_in_the_price_is_put_on_it(house: House) -> None:
    buyer = await house.buyer(country="CA")
    shown = await buyer.quote(350)
    assert (shown["tax_name"], shown["tax_bps"]) == ("GST", 500)
    prices = [shown[part]["display"] for part in ("price", "tax", "total")]
    assert prices == ["CA$6.99", "CA$0.35", "CA$7.34"]


@pytest.mark.parametrize(
    ("country", "shown"),
    [("JP", "¥800"), ("KR", "₩6,900"), ("KW", "KWD\u00a01.550")],
)
async def test_each_currency_has_its_own_places(house: House, country: str, shown: str) -> None:
    buyer = await house.buyer(country=country)
    order = await buyer.order(350)
    assert order["total"]["display"] == shown
    await buyer.pay(order)
    await house.news.heard(order["id"], "credited")
    assert (await buyer.http.get("/v1/wallet")).json()["cost_basis"]["currency"] == HOME_CURRENCY[
        country
    ]


async def test_a_list_in_another_currency_than_the_purse_sells_nothing(
    house: House, urls: Urls
) -> None:
    buyer = await house.buyer(country="AE")
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("update price_list set currency = 'USD' where country = 'AE'")
    answer = await buyer.post("/v1/recharges", coins=70, method="card")
    assert (answer.status_code, answer.json()["code"]) == (409, "currency_mismatch")
