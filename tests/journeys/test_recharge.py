"""Money in when things go wrong: declined cards, the bank's questions, silence, lies."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, fresh_key, pay, sign_up, tell_provider


@pytest.mark.parametrize(
    ("card", "reason"),
    [("4000000000000002", "card_declined"), ("4000000000009995", "insufficient_funds")],
)
async def test_a_declined_card_leaves_the_order_open_for_another(
    mira: Someone, card: str, reason: str
) -> None:
    order = await mira.confirm(await mira.review(coins=100))
    paid = await pay(order, card=card)
    assert (paid["status"], paid["decline"]) == ("open", reason)

    declined = await mira.order_tells(order, "declined")
    assert declined["status"] == "awaiting_payment"
    assert any(reason in line.get("reason", "") for line in declined["timeline"])
    assert await mira.coins() == 0

    await pay(order, card=GOOD_CARD)
    await mira.order_becomes(order)
    assert await mira.coins() == 100


async def test_the_banks_question_answered_with_yes_pays(mira: Someone) -> None:
    order = await mira.confirm(await mira.review(coins=100))
    asked = await pay(order, card="4000002500003155")
    assert asked["status"] == "action_required"
    assert await mira.coins() == 0

    answer = await tell_provider(order, "authenticate", step="complete")
    assert answer.json()["status"] == "paid"
    await mira.order_becomes(order)
    assert await mira.coins() == 100


async def test_the_banks_question_answered_with_no_pays_nothing(mira: Someone) -> None:
    order = await mira.confirm(await mira.review(coins=100))
    await pay(order, card="4000002500003155")
    await tell_provider(order, "authenticate", step="fail")
    declined = await mira.order_tells(order, "declined")
    assert declined["status"] == "awaiting_payment"
    assert await mira.coins() == 0


async def test_a_lost_notice_is_found_by_the_house_while_nobody_presses_anything(
    house: House, mira: Someone
) -> None:
    order = await mira.confirm(await mira.review(coins=100))
    assert (await tell_provider(order, "faults", lose=True)).is_success
    await pay(order, card=GOOD_CARD)
    await mira.order_becomes(order)
    assert await mira.coins() == 100
    told = await house.ask_database("select count(*) from notice where reference = %s", order["id"])
    assert told == [(0,)]


@pytest.mark.parametrize("fault", [{"double": True}, {"reorder": True}, {"corrupt": True}])
async def test_a_lying_courier_changes_nothing_about_one_credit(
    mira: Someone, fault: dict[str, bool]
) -> None:
    order = await mira.confirm(await mira.review(coins=100))
    await tell_provider(order, "faults", **fault)
    await pay(order, card=GOOD_CARD)
    credited = await mira.order_becomes(order)
    assert sum(line["what"] == "credited" for line in credited["timeline"]) == 1
    assert await mira.coins() == 100
    assert len(await mira.entries()) == 1


@pytest.mark.parametrize("fault", ["wrong_amount", "wrong_currency"])
async def test_other_money_than_was_asked_for_credits_nothing_and_is_kept(
    house: House, mira: Someone, fault: str
) -> None:
    order = await mira.confirm(await mira.review(coins=100))
    await tell_provider(order, "faults", **{fault: True})
    await pay(order, card=GOOD_CARD)
    await mira.post(f"/v1/recharges/{order['id']}/check")
    kept = await house.ask_database(
        "select count(*) from suspense where reference = %s", order["id"]
    )
    assert kept == [(1,)]
    assert await mira.coins() == 0


async def test_notices_that_are_not_genuine_credit_nothing_and_are_kept(
    house: House, mira: Someone
) -> None:
    order = await mira.confirm(await mira.review(coins=100))
    forged = json.dumps(
        {"id": "evt_forged", "type": "checkout.paid", "data": {"reference": order["id"]}}
    ).encode()
    before = await house.ask_database("select count(*) from notice where verdict = 'refused'")
    signed = {
        "webhook-id": "evt_forged",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1,bm90IGdlbnVpbmU=",
    }
    knocks = [({}, forged), (signed, forged), (signed, b"\x00\xff"), ({}, b""), ({}, b"{" * 9000)]
    for headers, body in knocks:
        answer = await house.http.post("/v1/notices/sandbox", content=body, headers=headers)
        assert answer.status_code == 400, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    after = await house.ask_database("select count(*) from notice where verdict = 'refused'")
    assert after[0][0] == before[0][0] + len(knocks)
    assert (await mira.order(order))["status"] == "awaiting_payment"
    assert await mira.coins() == 0
    unknown = await house.http.post("/v1/notices/nobody", content=forged)
    assert unknown.status_code == 404


async def test_a_minor_can_watch_but_not_buy_or_give(house: House, room: str) -> None:
    minor = await sign_up(house, birth_date="2012-01-01")
    for answer in (
        await minor.post("/v1/recharges", {"coins": 100, "method": "card"}, key=fresh_key()),
        await minor.send_gift("rose", room=room),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "age_restricted")
    said = await minor.post(f"/v1/rooms/{room}/messages", {"text": "hello"})
    assert said.status_code == 201


async def test_somebody_elses_order_does_not_exist(house: House, mira: Someone) -> None:
    order = await mira.review(coins=100)
    stranger = await sign_up(house)
    path = f"/v1/recharges/{order['id']}"
    verbs = ("confirm", "cancel", "check", "refund")
    tries = [stranger.post(f"{path}/{verb}", key=fresh_key()) for verb in verbs]
    answers = await asyncio.gather(stranger.get(path), *tries)
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "not_found")}
    assert (await mira.order(order))["status"] == "review"
