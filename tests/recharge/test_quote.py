"""Review, confirm and cancel: what is promised, to whom, and what the same key means."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from largesse.kernel import ids
from tests.recharge.house import Buyer, House


async def test_the_review_shows_everything_before_anything_is_charged(mira: Buyer) -> None:
    packs = (await mira.http.get("/v1/packs")).json()["data"]
    answer = await mira.post("/v1/recharges", pack_id=packs[3]["id"], method="card")
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["status"] == "review"
    assert (shown["coins"], shown["promo_coins"]) == (1400, 25)
    assert shown["pack_id"] == packs[3]["id"]
    assert shown["price"]["display"] == shown["total"]["display"] == "$19.99"
    assert shown["tax"]["amount"] == 0
    assert shown["per_coin"] == {
        "amount": 14_279,
        "currency": "USD",
        "decimal_places": 6,
        "display": "$0.014279",
    }
    assert shown["terms"]["version"]
    assert "checkout_url" not in shown
    assert [entry["what"] for entry in shown["timeline"]] == ["quoted"]


async def test_tax_is_shown_inside_a_price_that_includes_it(house: House) -> None:
    greta = await house.buyer(country="DE")
    shown = await greta.quote(700)
    assert shown["total"] == shown["price"]
    assert shown["tax"]["amount"] == 175
    assert shown["price"]["display"] == "€10.99"


async def test_an_exact_amount_has_its_price(house: House, mira: Buyer) -> None:
    shown = await mira.quote(1234)
    assert shown["coins"] == 1234
    assert shown["price"]["amount"] == 1762
    assert "pack_id" not in shown
    order = await mira.order(1234)
    await mira.pay(order)
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 1234


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"coins": 70},
        {"method": "card"},
        {"coins": "70", "method": "card"},
        {"coins": 70.0, "method": "card"},
        {"coins": 70.5, "method": "card"},
        {"coins": True, "method": "card"},
        {"coins": 0, "method": "card"},
        {"coins": -70, "method": "card"},
        {"coins": 34, "method": "card"},
        {"coins": 100_001, "method": "card"},
        {"coins": 2**53, "method": "card"},
        {"coins": 2**63, "method": "card"},
        {"coins": 10**30, "method": "card"},
        {"coins": 70, "method": ""},
        {"coins": 70, "method": "card", "price": 1},
        {"coins": 70, "method": "barter"},
        {"coins": 70, "method": "pix"},
        {"coins": 70, "method": "card", "return_url": "javascript:alert(1)"},
        {"coins": 70, "method": "card", "return_url": "//evil"},
        {"coins": 70, "method": "card", "return_url": "ftp://example.org/"},
        {"coins": 70, "method": "card", "pack_id": ids.show("pck", ids.make())},
        {"pack_id": ids.show("pck", ids.make()), "method": "card"},
    ],
)
async def test_a_wrong_wish_is_refused_and_leaves_nothing(
    house: House, mira: Buyer, body: dict[str, Any]
) -> None:
    answer = await mira.http.post(
        "/v1/recharges", json=body, headers={"idempotency-key": "wrong-wish"}
    )
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (await mira.http.get("/v1/recharges")).json()["data"] == []
    rows = await house.rows("select * from idempotency where account = %s", mira.viewer.no)
    assert rows == []


async def test_a_body_that_is_not_json_is_refused(mira: Buyer) -> None:
    answer = await mira.http.post(
        "/v1/recharges", content=b"{coins", headers={"idempotency-key": "1"}
    )
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize(
    ("country", "years", "may"),
    [("US", 18, True), ("US", 17, False), ("KR", 18, False), ("JP", 19, False), ("JP", 20, True)],
)
async def test_coins_are_for_adults(house: House, country: str, years: int, may: bool) -> None:
    today = house.clock.now().date()
    born = date(today.year - years, today.month, 1) - timedelta(days=1)
    buyer = await house.buyer(country=country, born=born)
    answer = await buyer.post("/v1/recharges", coins=70, method="card")
    if may:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "age_restricted")


async def test_guests_may_look_at_prices_but_not_order(house: House) -> None:
    assert (await house.http.get("/v1/packs")).status_code == 200
    for path in ("/v1/recharges", "/v1/recharges/rch_1/confirm"):
        answer = await house.http.post(path, json={}, headers={"idempotency-key": "1"})
        assert answer.status_code in (401, 422)
    assert (await house.http.get("/v1/recharges")).status_code == 401


async def test_somebody_elses_order_is_not_found(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    stranger = await house.buyer()
    assert (await stranger.http.get(f"/v1/recharges/{order['id']}")).status_code == 404
    for verb in ("confirm", "cancel", "check", "refund"):
        answer = await stranger.post(f"/v1/recharges/{order['id']}/{verb}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), verb
    for nonsense in ("rch_1", "pck_00000000000000000000000000", order["id"][:-1]):
        assert (await mira.http.get(f"/v1/recharges/{nonsense}")).status_code == 404


async def test_the_same_key_brings_the_same_answer(mira: Buyer) -> None:
    first = await mira.post("/v1/recharges", "k-create", coins=70, method="card")
    again = await mira.post("/v1/recharges", "k-create", coins=70, method="card")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers

    path = f"/v1/recharges/{first.json()['id']}"
    confirmed = await mira.post(f"{path}/confirm", "k-confirm")
    replayed = await mira.post(f"{path}/confirm", "k-confirm")
    assert (replayed.status_code, replayed.content) == (200, confirmed.content)
    assert replayed.headers["idempotent-replay"] == "true"

    cancelled = await mira.post(f"{path}/cancel", "k-cancel")
    replayed = await mira.post(f"{path}/cancel", "k-cancel")
    assert replayed.content == cancelled.content
    assert replayed.headers["idempotent-replay"] == "true"
    assert len((await mira.http.get("/v1/recharges")).json()["data"]) == 1


async def test_the_same_key_for_another_request_is_a_conflict(mira: Buyer) -> None:
    made = await mira.post("/v1/recharges", "k-1", coins=70, method="card")
    other = await mira.post("/v1/recharges", "k-1", coins=71, method="card")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    confirm = await mira.post(f"/v1/recharges/{made.json()['id']}/confirm", "k-1")
    assert (confirm.status_code, confirm.json()["code"]) == (409, "idempotency_conflict")
    assert (await mira.read(made.json()))["status"] == "review"


async def test_a_request_that_moves_value_needs_a_key(mira: Buyer) -> None:
    body = {"coins": 70, "method": "card"}
    answer = await mira.http.post("/v1/recharges", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    order = await mira.quote(70)
    for verb in ("confirm", "cancel", "refund"):
        answer = await mira.http.post(f"/v1/recharges/{order['id']}/{verb}")
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


async def test_confirming_again_with_another_key_leads_to_the_same_page(mira: Buyer) -> None:
    order = await mira.order(70)
    again = await mira.post(f"/v1/recharges/{order['id']}/confirm")
    assert again.json()["checkout_url"] == order["checkout_url"]


async def test_an_offer_that_ran_out_cannot_be_confirmed(house: House) -> None:
    buyer = await house.buyer()
    quoted = await buyer.quote(70)
    house.clock.push(seconds=house.recharging.rules.quote_seconds)
    try:
        answer = await buyer.post(f"/v1/recharges/{quoted['id']}/confirm")
        assert (answer.status_code, answer.json()["code"]) == (409, "quote_expired")
        assert (await buyer.read(quoted))["status"] == "expired"
        other = await buyer.quote(350)
        house.clock.push(seconds=house.recharging.rules.quote_seconds)
        assert (await buyer.read(other))["status"] == "expired"
    finally:
        house.clock.ahead = timedelta()


async def test_a_cancelled_order_stays_cancelled(mira: Buyer) -> None:
    quoted = await mira.quote(70)
    first = await mira.post(f"/v1/recharges/{quoted['id']}/cancel")
    again = await mira.post(f"/v1/recharges/{quoted['id']}/cancel")
    assert first.json()["status"] == again.json()["status"] == "cancelled"
    assert len(again.json()["timeline"]) == 2
    confirm = await mira.post(f"/v1/recharges/{quoted['id']}/confirm")
    assert (confirm.status_code, confirm.json()["code"]) == (409, "recharge_closed")
    assert confirm.json()["state"] == "cancelled"


async def test_a_credited_order_cannot_be_cancelled(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    await mira.pay(order)
    await house.news.heard(order["id"], "credited")
    answer = await mira.post(f"/v1/recharges/{order['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "recharge_closed")


async def test_a_persons_orders_come_in_pages_newest_first(mira: Buyer) -> None:
    made = [(await mira.quote(70 + number))["id"] for number in range(5)]
    first = (await mira.http.get("/v1/recharges", params={"limit": 3})).json()
    rest = (
        await mira.http.get("/v1/recharges", params={"limit": 3, "after": first["next"]})
    ).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert rest["next"] is None


async def test_the_return_url_may_be_a_path_of_ours(house: House, mira: Buyer) -> None:
    quoted = await mira.quote(70, return_url="/live/oto?gift=lion")
    order = (await mira.post(f"/v1/recharges/{quoted['id']}/confirm")).json()
    paid = await mira.pay(order)
    assert paid["return_url"] == f"{house.url}/live/oto?gift=lion"


async def test_a_timeline_cannot_be_rewritten(house: House, mira: Buyer) -> None:
    await mira.quote(70)
    for statement in ("update recharge_step set what = 'x'", "delete from recharge_step"):
        with pytest.raises(Exception, match=r"permission denied|append-only"):
            async with house.database.work() as connection:
                await connection.execute(statement)


async def test_a_method_refuses_amounts_that_its_provider_would_refuse_later(house: House) -> None:
    async with house.database.work() as connection:
        await connection.execute(
            "update payment_method set amount_min = 1000, amount_max = 5000"
            " where country = 'MX' and code = 'oxxo' and provider = 'sandbox'"
        )
    buyer = await house.buyer(country="MX")
    methods = (await buyer.http.get("/v1/payment-methods")).json()["data"]
    (oxxo,) = [one for one in methods if one["code"] == "oxxo"]
    assert (oxxo["min"]["amount"], oxxo["max"]["amount"]) == (1000, 5000)
    for coins, said in ((35, "at least"), (350, "at most")):
        answer = await buyer.post("/v1/recharges", coins=coins, method="oxxo")
        assert (answer.status_code, answer.json()["code"]) == (422, "method_out_of_range")
        assert said in answer.json()["detail"]
    assert (await buyer.post("/v1/recharges", coins=70, method="oxxo")).status_code == 201
    assert (await buyer.post("/v1/recharges", coins=35, method="card")).status_code == 201
