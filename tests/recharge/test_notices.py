"""Where providers knock: what is believed, what is kept, and what is counted once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from largesse.kernel import ids
from tests.recharge.house import DECLINED, Buyer, House

PATH = "/v1/notices/sandbox"


def paid(order: dict[str, Any], **more: Any) -> bytes:
    """What the provider says when an order was paid."""
    checkout = {
        "id": order["checkout_url"].rpartition("/")[2],
        "reference": order["id"],
        "status": "paid",
        "attempts": 1,
        "amount": order["total"]["amount"],
        "currency": order["total"]["currency"],
        "paid_amount": order["total"]["amount"],
        "paid_currency": order["total"]["currency"],
        "url": order["checkout_url"],
    } | more
    event = {"id": ids.show("evn", ids.make()), "type": "checkout.paid", "created": 1}
    return msgspec.json.encode(event | {"data": {"checkout": checkout}})


def signed(house: House, body: bytes, **aged: int) -> dict[str, str]:
    """Genuine headers, as old as wanted."""
    notice_id = msgspec.json.decode(body)["id"]
    at = house.clock.now() - timedelta(**aged)
    return house.adapter.signed(body, notice_id=notice_id, at=at)


async def test_a_genuine_notice_credits(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    body = paid(order)
    answer = await house.http.post(PATH, content=body, headers=signed(house, body))
    assert answer.status_code == 204
    assert await mira.coins() == 70


@pytest.mark.parametrize(
    "break_it",
    ["unsigned", "wrong_secret", "other_body", "reencoded", "too_old", "from_tomorrow", "no_id"],
)
async def test_a_notice_that_is_not_genuine_does_nothing_and_is_kept(
    house: House, mira: Buyer, break_it: str
) -> None:
    order = await mira.order(70)
    body = paid(order)
    headers = signed(house, body)
    match break_it:
        case "unsigned":
            headers = {}
        case "wrong_secret":
            headers["webhook-signature"] = "v1,AAAA"
        case "other_body":
            body = body.replace(b'"amount":99', b'"amount":98')
        case "reencoded":
            body = msgspec.json.format(body, indent=1)
        case "too_old":
            headers = signed(house, body, seconds=301)
        case "from_tomorrow":
            headers = signed(house, body, days=-1)
        case "no_id":
            del headers["webhook-id"]
    before = await house.rows("select count(*) from notice where verdict = 'refused'")

    answer = await house.http.post(PATH, content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "notice_refused")
    assert answer.json()["detail"] == "The notice could not be shown to be genuine."
    assert await mira.coins() == 0
    assert (await mira.read(order))["status"] == "awaiting_payment"
    after = await house.rows("select count(*) from notice where verdict = 'refused'")
    assert after[0][0] == before[0][0] + 1
    kept = await house.rows("select body from notice order by at desc, id desc limit 1")
    assert kept[0][0] == body


async def test_a_genuine_notice_that_makes_no_sense_is_refused_and_kept(house: House) -> None:
    for body in (b"[]", b"{}", b'{"id": "x", "type": "y", "data": 3}', b"\xff\xfe"):
        headers = house.adapter.signed(body, notice_id="evn_1", at=house.clock.now())
        answer = await house.http.post(PATH, content=body, headers=headers)
        assert answer.status_code == 400


async def test_a_notice_of_an_unknown_provider_is_not_found(house: House) -> None:
    answer = await house.http.post("/v1/notices/acme", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_notice_that_is_far_too_long_is_refused(house: House) -> None:
    answer = await house.http.post(PATH, content=b"x" * 300_000)
    assert answer.status_code == 413


@pytest.mark.parametrize("reference", ["rch_0000000000000000000000000n", "somebody-elses-order"])
async def test_money_for_an_order_that_we_do_not_have_is_set_aside(
    house: House, mira: Buyer, reference: str
) -> None:
    order = await mira.order(70)
    body = paid(order, reference=reference, id=f"cko_of_{reference}")
    answer = await house.http.post(PATH, content=body, headers=signed(house, body))
    assert answer.status_code == 204

    query = "select reason, amount, currency, recharge from suspense where reference = %s"
    assert await house.rows(query, reference) == [("unknown_order", 99, "USD", None)]
    verdicts = await house.rows("select verdict from notice where reference = %s", reference)
    assert verdicts == [("set_aside",)]
    assert await mira.coins() == 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"paid_amount": 98}, "amount_differs"),
        ({"paid_amount": 9900}, "amount_differs"),
        ({"paid_currency": "IDR"}, "currency_differs"),
    ],
)
async def test_a_notice_about_another_sum_credits_nothing(
    house: House, mira: Buyer, change: dict[str, Any], reason: str
) -> None:
    order = await mira.order(70)
    body = paid(order, **change)
    answer = await house.http.post(PATH, content=body, headers=signed(house, body))
    assert answer.status_code == 204
    assert await mira.coins() == 0
    query = "select reason from suspense where reference = %s"
    assert await house.rows(query, order["id"]) == [(reason,)]


async def test_money_for_an_offer_that_nobody_confirmed_is_set_aside(
    house: House, mira: Buyer
) -> None:
    quoted = await mira.quote(70) | {"checkout_url": "https://example.org/cko_never"}
    body = paid(quoted)
    await house.http.post(PATH, content=body, headers=signed(house, body))
    assert await mira.coins() == 0
    assert (await mira.read(quoted))["status"] == "review"
    query = "select reason from suspense where reference = %s"
    assert await house.rows(query, quoted["id"]) == [("order_takes_no_payment",)]


async def test_the_same_notice_fifty_times_at_once_credits_once(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    body = paid(order)
    headers = signed(house, body)

    answers = await asyncio.gather(
        *(house.http.post(PATH, content=body, headers=headers) for _ in range(50))
    )

    # A provider repeats what was not taken, so a busy moment may answer "again, please".
    assert {answer.status_code for answer in answers} <= {204, 409, 503}
    assert 204 in {answer.status_code for answer in answers}
    assert await mira.coins() == 70
    assert await house.credits(order) == 1


async def test_two_different_notices_of_one_payment_credit_once(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    bodies = [paid(order) for _ in range(10)]
    answers = await asyncio.gather(
        *(house.http.post(PATH, content=body, headers=signed(house, body)) for body in bodies)
    )
    assert 204 in {answer.status_code for answer in answers}
    assert await mira.coins() == 70
    assert await house.credits(order) == 1


async def test_notices_that_come_twice_credit_once(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    await mira.faults(order, double=True)
    await mira.pay(order)
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 70


async def test_notices_that_overtake_each_other_end_in_the_same_place(
    house: House, mira: Buyer
) -> None:
    order = await mira.order(70)
    await mira.faults(order, reorder=True)
    await mira.pay(order, DECLINED)
    await mira.pay(order)
    await house.news.heard(order["id"], "credited")

    query = "select count(*) from notice where reference = %s"
    await house.count_reaches(2, query, order["id"])
    assert (await mira.read(order))["status"] == "credited"
    assert await mira.coins() == 70


async def test_a_damaged_notice_is_refused_and_the_check_button_credits(
    house: House, mira: Buyer
) -> None:
    order = await mira.order(70)
    await mira.faults(order, corrupt=True)
    await mira.pay(order)
    query = "select count(*) from notice where verdict = 'refused' and body like %s"
    needle = b"%" + order["id"].encode() + b"%"
    await house.count_reaches(1, query, needle)
    assert await mira.coins() == 0

    checked = await mira.http.post(f"/v1/recharges/{order['id']}/check")
    assert checked.json()["status"] == "credited"
    assert await mira.coins() == 70
