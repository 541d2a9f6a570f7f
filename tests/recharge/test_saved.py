"""Saved methods: kept when the buyer says so, charged once, shown without secrets, forgotten."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from largesse.kernel import ids
from largesse.payments import Declined, DeclineReason, SavedMethod
from largesse.recharge import State, forget_methods
from largesse.recharge.saved import store as saved_store
from largesse.recharge.settle import settle
from tests.recharge.house import DECLINED, PAYS, Buyer, House
from tests.recharge.savers import ALWAYS_ASKS, LATER_DECLINED, methods, paid_at, saved


async def test_a_method_is_kept_when_its_owner_said_so(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    assert method["label"] == "Test card 4242"
    assert (method["method"], method["is_default"]) == ("card", True)
    assert method["expires"] == "2040-12-31"
    consent = (await methods(mira))["consent"]
    kept = await house.rows(
        "select consent, consented_at = confirmed_at from saved_method s join recharge r"
        " on r.person = %s where s.person = %s",
        mira.viewer.id,
        mira.viewer.no,
    )
    assert kept == [(consent["version"], True)]


async def test_nothing_is_kept_of_who_did_not_say_so(house: House, mira: Buyer) -> None:
    order = await mira.order(35)
    await mira.pay(order)
    await house.news.heard(order["id"], "credited")
    assert (await methods(mira))["data"] == []


async def test_the_token_is_shown_nowhere(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    ((token, customer),) = await house.rows(
        "select token, customer from saved_method where id = %s", ids.read("sav", method["id"])
    )
    answers = [
        await mira.http.get(path)
        for path in ("/v1/payment-methods/saved", "/v1/recharges", "/v1/auto-recharge")
    ]
    assert not any(token in one.text or customer in one.text for one in answers)
    async with house.database.read() as connection:
        (row,) = await saved_store.methods_of(connection, person=mira.viewer.no)
    told = repr(row) + repr(SavedMethod(customer, token, "card", "Test card 4242"))
    assert token not in told
    assert customer not in told


async def test_a_second_method_is_the_same_customers_and_not_the_default(
    house: House, mira: Buyer
) -> None:
    first = await saved(house, mira)
    second = await saved(house, mira, LATER_DECLINED)
    shown = (await methods(mira))["data"]
    assert [one["id"] for one in shown] == [first["id"], second["id"]]
    customers = await house.rows(
        "select count(distinct customer) from saved_method where person = %s", mira.viewer.no
    )
    assert customers == [(1,)]
    path = f"/v1/payment-methods/saved/{second['id']}/default"
    assert (await mira.http.post(path)).status_code == 204
    assert [one["id"] for one in (await methods(mira))["data"]] == [second["id"], first["id"]]
    assert (await mira.http.delete(path.removesuffix("/default"))).status_code == 204
    (left,) = (await methods(mira))["data"]
    assert (left["id"], left["is_default"]) == (first["id"], True)


async def test_anothers_method_is_not_found(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    other = await house.buyer()
    path = f"/v1/payment-methods/saved/{method['id']}"
    assert (await other.http.delete(path)).status_code == 404
    assert (await other.http.post(f"{path}/default")).status_code == 404
    answer = await other.post(
        "/v1/recharges", coins=70, method="card", saved_method_id=method["id"]
    )
    assert answer.status_code == 404


async def test_a_saved_method_pays_at_once(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    answer = await mira.post(f"/v1/recharges/{quoted['id']}/confirm", "once")
    assert answer.json()["status"] == "credited"
    again = await mira.post(f"/v1/recharges/{quoted['id']}/confirm", "once")
    assert again.headers["idempotent-replay"] == "true"
    assert await mira.coins() == 35 + 70
    assert len(await paid_at(house, quoted["id"])) == 1


async def test_an_order_says_what_was_agreed_to_and_what_paid_it(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    consent = (await methods(mira))["consent"]
    by_hand = await mira.quote(70, saved_method_id=method["id"])
    plain = await mira.quote(70)
    assert by_hand["way"] == {"is_auto": False, "saved": method["label"]}
    assert "way" not in plain
    ((first,),) = await house.rows(
        "select recharge from recharge_way w join recharge r on r.id = w.recharge"
        " where w.saves and r.person = %s",
        mira.viewer.id,
    )
    shown = (await mira.http.get(f"/v1/recharges/{ids.show('rch', first)}")).json()
    assert shown["way"] == {"is_auto": False, "consent": consent["version"]}


async def test_what_a_saved_method_paid_can_go_back(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    await mira.post(f"/v1/recharges/{quoted['id']}/confirm")
    answer = await mira.post(f"/v1/recharges/{quoted['id']}/refund")
    assert answer.status_code == 200, answer.text
    (payment,) = await paid_at(house, quoted["id"])
    assert payment["refunded"] == quoted["total"]["amount"]


async def test_ten_confirmations_at_once_charge_once(house: House, mira: Buyer) -> None:
    method = await saved(house, mira)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    path = f"/v1/recharges/{quoted['id']}/confirm"
    await asyncio.gather(*(mira.post(path) for _ in range(10)))
    assert len(await paid_at(house, quoted["id"])) == 1
    assert await house.credits(quoted) == 1
    assert await mira.coins() == 35 + 70


async def test_a_card_that_is_declined_leads_to_the_page(house: House, mira: Buyer) -> None:
    method = await saved(house, mira, LATER_DECLINED)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    order = (await mira.post(f"/v1/recharges/{quoted['id']}/confirm")).json()
    assert order["status"] == "awaiting_payment"
    assert "/sandbox/checkout/" in order["checkout_url"]
    # Tries are numbered through: the page's first decline is not taken for the charge's.
    await mira.pay(order, DECLINED)
    await house.count_reaches(
        2,
        "select count(*) from recharge_step where recharge = %s and what = 'declined'",
        ids.read("rch", order["id"]),
    )
    await mira.pay(order, PAYS)
    await house.news.heard(order["id"], "credited")
    whats = [entry["what"] for entry in (await mira.read(order))["timeline"]]
    assert whats == ["quoted", "confirmed", "declined", "checkout_opened", "declined", "credited"]


async def test_a_bank_that_asks_leads_to_the_page(house: House, mira: Buyer) -> None:
    method = await saved(house, mira, ALWAYS_ASKS)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    order = (await mira.post(f"/v1/recharges/{quoted['id']}/confirm")).json()
    assert order["status"] == "awaiting_payment"
    await mira.pay(order, ALWAYS_ASKS)
    await mira.provider.post(f"{order['checkout_url']}/authenticate", json={"step": "complete"})
    await house.news.heard(order["id"], "credited")
    assert len(await paid_at(house, order["id"])) == 1


async def test_a_charge_that_breaks_behind_the_work_is_asked_about_with_its_key(
    house: House, mira: Buyer
) -> None:
    method = await saved(house, mira, lose=True)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    await house.provider.post(f"{house.sandbox.url}/sandbox/stumble", json={"calls": 1})
    order = (await mira.post(f"/v1/recharges/{quoted['id']}/confirm")).json()
    assert order["status"] == "awaiting_payment"
    assert "checkout_url" not in order
    assert [entry["what"] for entry in order["timeline"]][-1] == "provider_silent"
    checked = (await mira.http.post(f"/v1/recharges/{quoted['id']}/check")).json()
    assert checked["status"] == "credited"
    assert len(await paid_at(house, quoted["id"])) == 1


async def test_a_notice_of_a_declined_charge_does_not_end_the_order(
    house: House, mira: Buyer
) -> None:
    """Some providers call it the last try: it has no page. The notice may come before the answer."""
    method = await saved(house, mira)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    house.sandbox.kill()
    try:
        await mira.post(f"/v1/recharges/{quoted['id']}/confirm")
        async with house.database.work() as connection:
            settlement = await settle(
                connection,
                house.recharging,
                ids.read("rch", quoted["id"]),
                [Declined(DeclineReason.CARD_DECLINED, attempt=1, is_last=True)],
                said_by="sandbox",
                now=house.clock.now(),
            )
    finally:
        await asyncio.to_thread(house.sandbox.start)
    assert settlement is not None
    assert settlement.recharge.state is State.AWAITING_PAYMENT
    assert settlement.recharge.attempts_done == 1


async def test_a_method_that_was_removed_before_the_yes_is_not_charged(
    house: House, mira: Buyer
) -> None:
    method = await saved(house, mira)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    await mira.http.delete(f"/v1/payment-methods/saved/{method['id']}")
    order = (await mira.post(f"/v1/recharges/{quoted['id']}/confirm")).json()
    assert order["status"] == "awaiting_payment"
    assert "checkout_url" in order
    assert await paid_at(house, quoted["id"]) == []


async def test_a_removed_method_is_forgotten_until_the_provider_says_so(
    house: House, mira: Buyer
) -> None:
    method = await saved(house, mira)
    ((token,),) = await house.rows(
        "select token from saved_method where id = %s", ids.read("sav", method["id"])
    )
    await mira.http.delete(f"/v1/payment-methods/saved/{method['id']}")
    assert (await methods(mira))["data"] == []
    kept = "select token from saved_method where id = %s"
    house.sandbox.kill()
    try:
        now = house.clock.now()
        await forget_methods(house.recharging, now=now)
        assert await house.rows(kept, ids.read("sav", method["id"])) == [(token,)]
    finally:
        await asyncio.to_thread(house.sandbox.start)
    assert await forget_methods(house.recharging, now=now) == 0
    await forget_methods(house.recharging, now=now + timedelta(minutes=2))
    assert await house.rows(kept, ids.read("sav", method["id"])) == [(None,)]


async def test_a_saved_method_is_not_charged_while_its_owner_says_it_was_not_them(
    house: House, mira: Buyer
) -> None:
    method = await saved(house, mira)
    order = await mira.order(70)
    quoted = await mira.quote(70, saved_method_id=method["id"])
    await mira.http.post(f"/v1/recharges/{order['id']}/report")
    answer = await mira.post(f"/v1/recharges/{quoted['id']}/confirm")
    assert (answer.status_code, answer.json()["code"]) == (403, "spending_frozen")
    assert await paid_at(house, quoted["id"]) == []


async def test_saving_and_paying_with_a_saved_one_exclude_each_other(
    house: House, mira: Buyer
) -> None:
    method = await saved(house, mira)
    both = {"coins": 70, "save_method": True, "saved_method_id": method["id"]}
    answer = await mira.post("/v1/recharges", method="card", **both)
    assert (answer.status_code, answer.json()["field"]) == (422, "save_method")
    other = {"coins": 70, "method": "paypal", "saved_method_id": method["id"]}
    answer = await mira.post("/v1/recharges", **other)
    assert (answer.status_code, answer.json()["code"]) == (422, "method_unavailable")
