"""Recharging in an app: the store's own prices, one purchase, one credit, whoever shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from largesse.recharge import watch_stores
from tests.recharge.apps import App, app_of, ordered, prove, told
from tests.recharge.house import Buyer, House


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["apple", "google"])
async def app(request: pytest.FixtureRequest, house: House) -> AsyncIterator[App]:
    """The app of one store."""
    async with app_of(request.param, house) as opened:
        yield opened


async def reasons(house: House, order: dict[str, Any]) -> list[str]:
    """Why money for this order was set aside."""
    rows = await house.rows("select reason from suspense where reference = %s", order["id"])
    return [reason for (reason,) in rows]


async def test_an_app_offers_its_stores_way_to_pay_and_the_web_does_not(
    house: House, app: App
) -> None:
    path = "/v1/payment-methods?country=US"
    inside = (await house.http.get(f"{path}&channel={app.channel}")).json()["data"]
    assert [one["code"] for one in inside] == [app.method]
    on_the_web = (await house.http.get(path)).json()["data"]
    assert app.method not in [one["code"] for one in on_the_web]
    assert (await house.http.get(f"{path}&channel=tv")).status_code == 422


async def test_packs_in_an_app_are_products_at_the_stores_price_without_our_tax(
    house: House, app: App
) -> None:
    shown = (await house.http.get(f"/v1/packs?country=DE&channel={app.channel}")).json()["data"]
    assert [pack["product_id"] for pack in shown][:2] == ["coins_70", "coins_350"]
    assert [pack["total"]["amount"] for pack in shown][:2] == [109, 549]
    assert {pack["tax"]["amount"] for pack in shown} == {0}
    web = (await house.http.get("/v1/packs?country=DE")).json()["data"]
    assert "product_id" not in web[0]
    assert web[0]["tax"]["amount"] > 0


async def test_an_order_in_an_app_says_what_to_buy_and_for_whom(app: App, mira: Buyer) -> None:
    order = await ordered(mira, app)
    assert "checkout_url" not in order
    told_to = order["store"]
    assert (told_to["provider"], told_to["product_id"]) == (app.code, "coins_350")
    assert len(told_to["account_token"]) == 36
    assert order["tax"]["amount"] == 0
    assert order["terms"]["refund_days"] == 0


async def test_an_app_sells_packs_and_nothing_between_them(app: App, mira: Buyer) -> None:
    answer = await mira.post("/v1/recharges", coins=351, method=app.method)
    assert (answer.status_code, answer.json()["code"]) == (422, "pack_unavailable")


async def test_a_coupon_changes_nothing_of_what_a_store_charges(app: App, mira: Buyer) -> None:
    answer = await mira.post("/v1/recharges", coins=350, method=app.method, coupon="SPRING")
    assert (answer.status_code, answer.json()["code"]) == (409, "coupon_refused")


async def test_a_store_gives_back_what_it_sold_and_we_do_not(app: App, mira: Buyer) -> None:
    order = await ordered(mira, app)
    await prove(mira, order, app.proof(app.buy(order)))
    answer = await mira.post(f"/v1/recharges/{order['id']}/refund")
    assert (answer.status_code, answer.json()["code"]) == (409, "refund_by_store")


async def test_a_proof_credits_at_once_and_once(house: House, app: App, mira: Buyer) -> None:
    order = await ordered(mira, app)
    purchase = app.buy(order)
    first = await prove(mira, order, app.proof(purchase))
    assert (first.status_code, first.json()["status"]) == (200, "credited")
    again = await prove(mira, order, app.proof(purchase))
    assert (again.status_code, again.json()["status"]) == (200, "credited")
    assert await told(house, app, purchase) < 300
    assert await mira.coins() == 350
    assert await house.credits(order) == 1


async def test_a_store_keeps_its_commission_and_owes_us_the_rest(
    house: House, app: App, mira: Buyer
) -> None:
    order = await ordered(mira, app)
    await prove(mira, order, app.proof(app.buy(order)))
    # Google says what is left for us; Apple's share is what its contract says.
    fee = 499 - 424 if app.code == "google" else 150
    rows = await house.rows(
        "select micro, tax_micro, fee_micro from ledger.lot where account = %s", mira.viewer.no
    )
    assert rows == [(4_990_000, 0, fee * 10_000)]


async def test_proof_and_notice_and_check_at_once_credit_once(
    house: House, app: App, mira: Buyer
) -> None:
    order = await ordered(mira, app)
    purchase = app.buy(order)
    await asyncio.gather(
        *(prove(mira, order, app.proof(purchase)) for _ in range(4)),
        *(told(house, app, purchase) for _ in range(4)),
        *(mira.post(f"/v1/recharges/{order['id']}/check") for _ in range(4)),
    )
    assert (await mira.read(order))["status"] == "credited"
    assert await mira.coins() == 350
    assert await house.credits(order) == 1
    assert await reasons(house, order) == []


async def test_somebody_elses_purchase_credits_nobody_but_its_owner(
    house: House, app: App, mira: Buyer
) -> None:
    order = await ordered(mira, app)
    purchase = app.buy(order)
    mallory = await house.buyer()
    hers = await ordered(mallory, app)
    for _ in range(2):
        answer = await prove(mallory, hers, app.proof(purchase))
        assert (answer.status_code, answer.json()["code"]) == (400, "proof_refused")
    assert await reasons(house, hers) == ["buyer_differs"]
    await prove(mira, order, app.proof(purchase))
    answer = await prove(mallory, hers, app.proof(purchase))
    assert answer.status_code == 400
    assert (await mallory.coins(), await mira.coins()) == (0, 350)
    stolen = await prove(mallory, order, app.proof(purchase))
    assert stolen.status_code == 404


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"product": "coins_70"}, "product_differs"),
        ({"price": 990}, "amount_differs"),
        ({"currency": "EUR"}, "currency_differs"),
    ],
)
async def test_another_purchase_than_the_orders_credits_nothing(
    house: House, app: App, mira: Buyer, facts: dict[str, Any], reason: str
) -> None:
    order = await ordered(mira, app)
    purchase = app.buy(order, **facts)
    answer = await prove(mira, order, app.proof(purchase))
    assert (answer.status_code, answer.json()["code"]) == (400, "proof_refused")
    assert await told(house, app, purchase) < 300
    assert await reasons(house, order) == [reason]
    assert await mira.coins() == 0


async def test_a_second_purchase_for_one_order_is_kept_for_a_person(
    house: House, app: App, mira: Buyer
) -> None:
    order = await ordered(mira, app)
    await prove(mira, order, app.proof(app.buy(order)))
    answer = await prove(mira, order, app.proof(app.buy(order)))
    assert answer.status_code == 400
    assert await reasons(house, order) == ["paid_twice"]
    assert await mira.coins() == 350


async def test_a_purchase_without_an_order_is_kept_for_a_person(house: House, app: App) -> None:
    nobody = {"store": {"product_id": "coins_350", "account_token": None}}
    purchase = app.buy(nobody | {"total": {"amount": 499}})
    assert await told(house, app, purchase) < 300
    rows = await house.rows("select count(*) from suspense where reason = 'unknown_order'")
    assert rows[0][0] >= 1


async def test_a_proof_for_an_order_of_the_web_is_refused(app: App, mira: Buyer) -> None:
    order = await mira.order(350)
    answer = await prove(mira, order, "2000000000000001")
    assert (answer.status_code, answer.json()["code"]) == (400, "proof_refused")


async def test_a_store_that_is_silent_is_no_refusal(house: House, app: App, mira: Buyer) -> None:
    order = await ordered(mira, app)
    purchase = app.buy(order)
    app.store.stumbles.calls = 1  # type: ignore[attr-defined]  # both stand-ins have it
    answer = await prove(mira, order, app.proof(purchase))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (await mira.read(order))["status"] == "awaiting_payment"
    assert (await prove(mira, order, app.proof(purchase))).json()["status"] == "credited"


async def test_a_purchase_after_the_orders_time_is_credited_all_the_same(
    house: House, app: App, mira: Buyer
) -> None:
    order = await ordered(mira, app)
    await mira.post(f"/v1/recharges/{order['id']}/cancel")
    cancelled = await mira.read(order)
    assert cancelled["status"] == "cancelled"
    assert cancelled["store"] == order["store"]
    assert await told(house, app, app.buy(order)) < 300
    assert await mira.coins() == 350


async def test_a_purchase_that_was_given_back_before_it_was_shown_brings_nothing(
    app: App, mira: Buyer
) -> None:
    order = await ordered(mira, app)
    purchase = app.buy(order)
    proof = app.proof(purchase)
    app.give_back(purchase)
    await prove(mira, order, proof)
    assert (await mira.read(order))["status"] == "refunded"
    assert await mira.coins() == 0


async def test_a_store_takes_its_buyers_coins_back_with_their_money(
    house: House, app: App, mira: Buyer
) -> None:
    order = await ordered(mira, app)
    purchase = app.buy(order)
    await prove(mira, order, app.proof(purchase))
    app.give_back(purchase)
    for _ in range(2):
        assert await told(house, app, purchase) < 300
    assert (await mira.read(order))["status"] == "refunded"
    assert await mira.coins() == 0
    answer = await mira.post(f"/v1/recharges/{order['id']}/refund")
    assert answer.status_code == 409


async def test_a_refund_that_nobody_told_is_found_in_the_stores_own_lists(
    house: House, app: App, mira: Buyer
) -> None:
    order = await ordered(mira, app)
    purchase = app.buy(order)
    await prove(mira, order, app.proof(purchase))
    app.give_back(purchase)
    app.notice(purchase, lost=True)
    house.clock.push(hours=1)
    assert await watch_stores(house.recharging, now=house.clock.now()) >= 1
    assert (await mira.read(order))["status"] == "refunded"
    house.clock.push(hours=1)
    assert await watch_stores(house.recharging, now=house.clock.now()) == 0
