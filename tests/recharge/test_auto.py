"""Auto-recharge: agreed to with a second factor, bought when short, stopped by every limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import Limits
from largesse.payments import Unknown
from largesse.recharge import (
    expire_recharges,
    probe_providers,
    sweep_auto_recharges,
    sweep_recharges,
)
from largesse.recharge.help.health import DOWN_AFTER, note_answers
from tests.recharge.house import Buyer, House
from tests.recharge.savers import (
    ALWAYS_ASKS,
    LATER_DECLINED,
    agree,
    agreement,
    auto,
    orders,
    paid_at,
    saved,
    second_factor,
    spend,
    watched,
)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def everybody_goes_home(house: House) -> AsyncIterator[None]:
    """The next test's sweeper looks at nobody of this one."""
    yield
    house.clock.ahead = timedelta()
    await probe_providers(house.recharging, now=house.clock.now())
    async with house.database.work() as connection:
        await connection.execute("update auto_recharge set state = 'off', paused_why = null")


async def sweep(house: House) -> int:
    """One look at all purses, as the job worker takes it."""
    return await sweep_auto_recharges(house.recharging, now=house.clock.now())


def told(house: House, buyer: Buyer) -> list[str]:
    """What auto-recharge said to somebody."""
    mine = [one for one in house.news.told if one.person == buyer.viewer.id]
    return [one.what for one in mine if one.what.startswith("auto_")]


async def letters(house: House, buyer: Buyer) -> list[tuple[str, str]]:
    """What auto-recharge wrote to somebody, by subject and text."""
    found = await house.rows(
        "select subject, text from mail where recipient = %s and kind like 'auto_%%' order by id",
        buyer.viewer.email,
    )
    return [(subject, text) for subject, text in found]


async def test_it_is_agreed_to_with_a_code_for_exactly_that(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    wish = await agreement(mira, method)
    bare = await mira.http.put("/v1/auto-recharge", json=wish)
    assert (bare.status_code, bare.json()["code"]) == (403, "second_factor_missing")
    totp = await second_factor(house, mira)
    asked = await mira.http.put("/v1/auto-recharge", json=wish)
    assert (asked.status_code, asked.json()["code"]) == (403, "step_up_required")
    assert asked.json()["bound_to"] == {
        "act": "auto_recharge",
        "threshold": 60,
        "pack_id": wish["pack_id"],
        "price_minor": 99,
        "monthly_cap_minor": 500,
        "currency": "USD",
        "saved_method_id": method["id"],
    }
    proof = {"challenge": asked.json()["challenge"], "otp": totp.at(house.clock.now())}
    more = wish | {"monthly_cap": {"amount": 50_000, "currency": "USD"}}
    changed = await mira.http.put("/v1/auto-recharge", json=more | proof)
    assert changed.json()["code"] == "step_up_required"
    assert (await auto(mira))["state"] == "off"
    assert (await mira.http.put("/v1/auto-recharge", json=wish | proof)).status_code == 200
    shown = await auto(mira)
    assert (shown["state"], shown["monthly_cap"]["amount"]) == ("on", 500)
    assert (shown["price"]["amount"], shown["spent_this_month"]["amount"]) == (99, 0)


async def test_what_makes_no_sense_is_refused_before_anybody_confirms(
    house: House, mira: Buyer
) -> None:
    method = await saved(house, mira)
    wish = await agreement(mira, method)
    for change, status, code in (
        ({"threshold": 71}, 422, "invalid_request"),
        ({"monthly_cap": {"amount": 98, "currency": "USD"}}, 422, "invalid_request"),
        ({"monthly_cap": {"amount": 500, "currency": "EUR"}}, 409, "currency_mismatch"),
        ({"pack_id": ids.show("pck", ids.make())}, 422, "pack_unavailable"),
        ({"saved_method_id": ids.show("sav", ids.make())}, 404, "not_found"),
    ):
        answer = await mira.http.put("/v1/auto-recharge", json=wish | change)
        assert (answer.status_code, answer.json()["code"]) == (status, code), change


async def test_whoever_is_short_gets_the_pack_and_is_told(house: House, mira: Buyer) -> None:
    await watched(house, mira)
    assert await sweep(house) == 1
    assert await mira.coins() == 35 + 70
    (order,) = await orders(mira)
    assert order["status"] == "credited"
    assert told(house, mira) == ["auto_recharged"]
    ((subject, text),) = await letters(house, mira)
    assert subject == "Recharged for you: 70 coins"
    assert "$0.99 with Test card 4242" in text
    assert (await auto(mira))["spent_this_month"]["amount"] == 99
    assert await sweep(house) == 0
    await spend(house, mira, 60)
    assert await sweep(house) == 1
    assert await mira.coins() == 35 + 70 - 60 + 70


async def test_it_buys_nothing_for_who_has_enough_or_switched_it_off(
    house: House, mira: Buyer
) -> None:
    await watched(house, mira)
    assert (await mira.http.delete("/v1/auto-recharge")).status_code == 204
    assert await sweep(house) == 0
    assert (await auto(mira))["state"] == "off"
    assert await mira.coins() == 35


async def test_many_workers_at_once_make_one_order(house: House, mira: Buyer) -> None:
    await watched(house, mira)
    await asyncio.gather(*(sweep(house) for _ in range(6)))
    (order,) = await orders(mira)
    assert len(await paid_at(house, order["id"])) == 1
    assert await mira.coins() == 35 + 70


async def test_the_months_cap_stops_it_until_the_next_month(house: House, mira: Buyer) -> None:
    await watched(house, mira, cap=150)
    assert await sweep(house) == 1
    await spend(house, mira, 90)
    for _ in range(3):
        assert await sweep(house) == 0
    assert told(house, mira) == ["auto_recharged", "auto_capped"]
    assert (await auto(mira))["state"] == "on"
    house.clock.push(days=32)
    assert await sweep(house) == 1
    house.clock.ahead = timedelta()
    assert await mira.coins() == 35 + 70 - 90 + 70


async def test_a_frozen_purse_stops_it(house: House, mira: Buyer) -> None:
    await watched(house, mira)
    async with house.database.work() as connection:
        await ledger.freeze(connection, account=mira.viewer.no)
    assert await sweep(house) == 0
    shown = await auto(mira)
    assert (shown["state"], shown["paused_why"]) == ("paused", "spending_frozen")
    assert told(house, mira) == ["auto_paused"]
    assert await orders(mira) == []
    ((subject, text),) = await letters(house, mira)
    assert subject == "Auto-recharge is paused"
    assert "spending is paused on your account" in text


async def test_ones_own_limit_holds_it_back(house: House, mira: Buyer) -> None:
    await watched(house, mira)
    async with house.database.work() as connection:
        await ledger.set_limits(connection, account=mira.viewer.no, limits=Limits(day=0))
    assert await sweep(house) == 0
    assert (await auto(mira))["state"] == "on"
    async with house.database.work() as connection:
        await ledger.set_limits(connection, account=mira.viewer.no, limits=Limits())
    house.clock.push(minutes=11)
    assert await sweep(house) == 1


async def test_a_provider_that_is_down_is_waited_for(house: House, mira: Buyer) -> None:
    await watched(house, mira)
    now = house.clock.now()
    for _ in range(DOWN_AFTER):
        await note_answers(house.recharging, "sandbox", [Unknown("silence")], now=now)
    assert await sweep(house) == 0
    assert (await orders(mira), (await auto(mira))["state"]) == ([], "on")
    house.clock.push(minutes=11)
    await probe_providers(house.recharging, now=house.clock.now())
    assert await sweep(house) == 1


async def test_a_price_that_was_not_agreed_to_is_not_charged(house: House, mira: Buyer) -> None:
    await watched(house, mira)
    raised = "update pack set price = price + %s where country = 'US' and coins = 70"
    async with house.database.work() as connection:
        await connection.execute(raised, (1,))
    try:
        assert await sweep(house) == 0
    finally:
        async with house.database.work() as connection:
            await connection.execute(raised, (-1,))
    assert (await auto(mira))["paused_why"] == "price_changed"
    assert await orders(mira) == []


async def test_without_its_method_or_its_second_factor_it_stops(house: House) -> None:
    removed, unguarded = await house.buyer(), await house.buyer()
    method = (await watched(house, removed))["saved_method_id"]
    await removed.http.delete(f"/v1/payment-methods/saved/{method}")
    await watched(house, unguarded)
    async with house.database.work() as connection:
        await connection.execute("delete from factor where person = %s", (unguarded.viewer.no,))
    assert await sweep(house) == 0
    assert (await auto(removed))["paused_why"] == "method_removed"
    assert (await auto(unguarded))["paused_why"] == "second_factor_missing"


async def test_declines_are_tried_later_and_stop_it_in_the_end(house: House, mira: Buyer) -> None:
    await watched(house, mira, LATER_DECLINED)
    for number in range(1, 4):
        assert await sweep(house) == 1
        assert await sweep(house) == 0
        assert len(await orders(mira)) == number
        house.clock.push(hours=7)
    assert {order["status"] for order in await orders(mira)} == {"cancelled"}
    shown = await auto(mira)
    assert (shown["state"], shown["paused_why"]) == ("paused", "payment_declined")
    assert shown["spent_this_month"]["amount"] == 0
    assert told(house, mira) == [*["auto_declined"] * 3, "auto_paused"]


async def test_setting_it_again_ends_a_pause(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    totp = await second_factor(house, mira)
    wish = await agreement(mira, method)
    assert (await agree(house, mira, totp, wish)).status_code == 200
    async with house.database.work() as connection:
        await ledger.freeze(connection, account=mira.viewer.no)
    await sweep(house)
    async with house.database.work() as connection:
        await ledger.thaw(connection, account=mira.viewer.no)
    assert await sweep(house) == 0
    house.clock.push(seconds=30)
    assert (await agree(house, mira, totp, wish)).json()["state"] == "on"
    assert await sweep(house) == 1


async def test_it_waits_while_the_bank_asks_its_owner(house: House, mira: Buyer) -> None:
    await watched(house, mira, ALWAYS_ASKS)
    assert await sweep(house) == 1
    (order,) = await orders(mira)
    assert order["status"] == "awaiting_payment"
    assert told(house, mira) == ["auto_action_required"]
    ((subject, text),) = await letters(house, mira)
    assert subject == "Your bank wants you to confirm $0.99"
    assert f"/recharge/{order['id']}" in text
    assert (await auto(mira))["recharge_id"] == order["id"]
    assert await sweep(house) == 0
    await mira.pay(order, ALWAYS_ASKS)
    await mira.provider.post(f"{order['checkout_url']}/authenticate", json={"step": "complete"})
    await house.news.heard(order["id"], "credited")
    await sweep(house)
    assert told(house, mira) == ["auto_action_required", "auto_recharged"]
    assert "recharge_id" not in await auto(mira)
    assert await mira.coins() == 35 + 70


async def test_a_question_that_nobody_answered_stops_it(house: House, mira: Buyer) -> None:
    await watched(house, mira, ALWAYS_ASKS)
    await sweep(house)
    house.clock.push(hours=25)
    await expire_recharges(house.recharging, now=house.clock.now())
    assert await sweep(house) == 0
    assert (await auto(mira))["paused_why"] == "bank_not_confirmed"


async def test_silence_keeps_the_one_order_open_and_its_key(house: House, mira: Buyer) -> None:
    await watched(house, mira, lose=True)
    await house.provider.post(f"{house.sandbox.url}/sandbox/stumble", json={"calls": 1})
    assert await sweep(house) == 1
    (order,) = await orders(mira)
    assert order["status"] == "awaiting_payment"
    assert await sweep(house) == 0
    assert len(await paid_at(house, order["id"])) == 1
    house.clock.push(seconds=10)
    await sweep_recharges(house.recharging, now=house.clock.now())
    assert (await mira.read(order))["status"] == "credited"
    await sweep(house)
    assert len(await paid_at(house, order["id"])) == 1
    assert await mira.coins() == 35 + 70
    assert told(house, mira) == ["auto_recharged"]


async def test_silence_to_the_end_stops_it(house: House, mira: Buyer) -> None:
    """The money may have moved: whoever does not know must not take it a second time."""
    await watched(house, mira, lose=True)
    house.sandbox.kill()
    try:
        assert await sweep(house) == 1
        house.clock.push(hours=25)
        await expire_recharges(house.recharging, now=house.clock.now())
        assert await sweep(house) == 0
        assert (await auto(mira))["paused_why"] == "payment_unknown"
    finally:
        await asyncio.to_thread(house.sandbox.start)


async def test_cancelling_its_order_stops_it(house: House, mira: Buyer) -> None:
    await watched(house, mira, ALWAYS_ASKS)
    await sweep(house)
    (order,) = await orders(mira)
    await mira.post(f"/v1/recharges/{order['id']}/cancel")
    assert await sweep(house) == 0
    assert (await auto(mira))["paused_why"] == "order_cancelled"
