"""Offers: a first recharge for less, and packs that are cheaper for a while."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from largesse.kernel import ids
from largesse.kernel.postgres import Urls
from tests.recharge.house import Buyer, House


@pytest.fixture
def offering(house: House, urls: Urls) -> Any:
    """Put an offer on the pack of so many coins in the United States; gone after the test."""
    made = []

    def offer(coins: int, **facts: Any) -> None:
        now = house.clock.now()
        values = {
            "id": ids.make(), "coins": coins, "name": "Welcome", "price": None, "promo_coins": 0,
            "is_first": False, "joined_hours": None, "starts_at": now - timedelta(hours=1),
            "ends_at": None,
        } | facts  # fmt: skip
        made.append(values["id"])
        with psycopg.connect(urls.owner, autocommit=True) as connection:
            connection.execute(
                "insert into offer (id, pack, name, price, promo_coins, is_first, joined_hours,"
                " starts_at, ends_at) select %(id)s, id, %(name)s, %(price)s, %(promo_coins)s,"
                " %(is_first)s, %(joined_hours)s, %(starts_at)s, %(ends_at)s from pack"
                " where country = 'US' and coins = %(coins)s",
                values,
            )

    yield offer
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute("update offer set ends_at = starts_at + interval '1 second'")


async def pack(http: Any, coins: int) -> dict[str, Any]:
    shown = (await http.get("/v1/packs?country=US")).json()["data"]
    found: dict[str, Any] = next(one for one in shown if one["coins"] == coins)
    return found


async def test_a_limited_discount_is_shown_to_everybody_with_its_end(
    house: House, mira: Buyer, offering: Any
) -> None:
    until = house.clock.now() + timedelta(days=2)
    offering(700, name="This week", price=799, ends_at=until)
    for http in (house.http, mira.http):
        shown = await pack(http, 700)
        assert shown["price"]["display"] == shown["total"]["display"] == "$7.99"
        assert shown["original_price"]["display"] == "$9.99"
        assert shown["offer"]["name"] == "This week"
        assert shown["offer"]["until"][:10] == until.isoformat()[:10]
        assert shown["per_coin"]["amount"] == 11_415
    quoted = await mira.quote(700)
    assert (quoted["price"]["display"], quoted["original_price"]["display"]) == ("$7.99", "$9.99")
    assert quoted["discount"]["amount"]["display"] == "$2.00"

    house.clock.push(days=3)
    try:
        assert "offer" not in await pack(mira.http, 700)
        assert (await mira.quote(700))["price"]["display"] == "$9.99"
    finally:
        house.clock.push(days=-3)


async def test_numbers_beside_a_reduced_pack_cost_what_they_did(mira: Buyer, offering: Any) -> None:
    before = (await mira.quote(699))["price"]
    offering(700, price=499)
    assert (await mira.quote(699))["price"] == before


async def test_a_first_recharge_costs_less_once(house: House, mira: Buyer, offering: Any) -> None:
    offering(350, is_first=True, price=249, promo_coins=20)
    assert "offer" not in await pack(house.http, 350), "a guest has no account to have it"
    shown = await pack(mira.http, 350)
    assert (shown["price"]["display"], shown["promo_coins"]) == ("$2.49", 20)
    assert shown["offer"]["is_first"]

    order = await mira.order(350)
    assert "offer" not in await pack(mira.http, 350), "it is under way"
    await mira.pay(order)
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 370
    assert "offer" not in await pack(mira.http, 350)
    assert (await mira.quote(350))["price"]["display"] == "$4.99"


async def test_of_many_orders_at_once_one_is_the_first(mira: Buyer, offering: Any) -> None:
    offering(350, is_first=True, price=249)
    quotes = [await mira.quote(350) for _ in range(6)]
    answers = await asyncio.gather(
        *(mira.post(f"/v1/recharges/{one['id']}/confirm") for one in quotes)
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    assert {one.json()["code"] for one in answers if one.status_code == 409} == {"offer_gone"}


async def test_a_first_recharge_that_comes_to_nothing_may_be_tried_again(
    mira: Buyer, offering: Any
) -> None:
    offering(350, is_first=True, price=249)
    for _ in range(3):
        order = await mira.order(350)
        assert order["price"]["display"] == "$2.49"
        await mira.post(f"/v1/recharges/{order['id']}/cancel")


async def test_whoever_has_recharged_has_no_first_recharge(
    house: House, mira: Buyer, offering: Any
) -> None:
    order = await mira.order(70)
    await mira.pay(order)
    await house.news.heard(order["id"], "credited")
    offering(350, is_first=True, price=249)
    assert "offer" not in await pack(mira.http, 350)


async def test_an_offer_for_newcomers_ends_so_long_after_they_joined(
    house: House, mira: Buyer, offering: Any
) -> None:
    offering(350, is_first=True, price=249, joined_hours=48)
    shown = await pack(mira.http, 350)
    assert "until" in shown["offer"]
    house.clock.push(hours=49)
    try:
        assert "offer" not in await pack(mira.http, 350)
        assert "offer" in await pack((await house.buyer()).http, 350)
    finally:
        house.clock.push(hours=-49)
