"""From the pay button to the coins, with the real provider on the other side of HTTP."""

from __future__ import annotations

import pytest

from largesse.recharge import expire_recharges
from tests.recharge.house import (
    AUTHENTICATION,
    DECLINED,
    DISPUTED,
    PAYS,
    POOR,
    Buyer,
    House,
)


async def test_a_paid_order_is_credited_by_the_notice(house: House, mira: Buyer) -> None:
    order = await mira.order(350)
    assert order["status"] == "awaiting_payment"
    assert "/sandbox/checkout/" in order["checkout_url"]

    await mira.pay(order)

    news = await house.news.heard(order["id"], "credited")
    assert news.balance == 350
    assert news.person == mira.viewer.id
    assert await mira.coins() == 350
    after = await mira.read(order)
    assert after["status"] == "credited"
    assert "checkout_url" not in after
    whats = [entry["what"] for entry in after["timeline"]]
    assert whats == ["quoted", "confirmed", "checkout_opened", "credited"]


async def test_bonus_coins_arrive_beside_the_paid_ones(house: House, mira: Buyer) -> None:
    order = await mira.order(7000)
    await mira.pay(order)
    await house.news.heard(order["id"], "credited")

    wallet = (await mira.http.get("/v1/wallet")).json()
    assert (wallet["paid"], wallet["promo"]) == (7000, 250)
    assert wallet["cost_basis"]["amount"] == 99_990_000


@pytest.mark.parametrize(
    ("card", "reason"), [(DECLINED, "card_declined"), (POOR, "insufficient_funds")]
)
async def test_a_declined_card_leaves_the_order_open_for_another_one(
    house: House, mira: Buyer, card: str, reason: str
) -> None:
    order = await mira.order(70)
    await mira.pay(order, card)
    await house.news.heard(order["id"], "declined")

    after = await mira.read(order)
    assert after["status"] == "awaiting_payment"
    assert after["timeline"][-1]["what"] == "declined"
    assert after["timeline"][-1]["reason"] == reason
    assert await mira.coins() == 0

    await mira.pay(after, PAYS)
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 70


async def test_the_last_attempt_ends_the_order(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    for _ in range(house.recharging.rules.attempts_max):
        await mira.pay(order, DECLINED)
    while (await mira.read(order))["status"] != "declined":
        await mira.http.post(f"/v1/recharges/{order['id']}/check")

    again = await mira.provider.post(order["checkout_url"], json={"card": PAYS})
    assert again.status_code == 409
    assert await mira.coins() == 0


async def test_a_3d_secure_step_that_is_completed_pays(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    answer = await mira.pay(order, AUTHENTICATION)
    assert answer["status"] == "action_required"
    await house.news.heard(order["id"], "action_required")
    assert await mira.coins() == 0

    await mira.provider.post(
        f"{order['checkout_url']}/authenticate", data={"step": "complete"}, follow_redirects=False
    )
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 70


async def test_a_3d_secure_step_that_fails_is_a_decline(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    await mira.pay(order, AUTHENTICATION)
    await mira.provider.post(f"{order['checkout_url']}/authenticate", json={"step": "fail"})
    await house.news.heard(order["id"], "declined")

    after = await mira.read(order)
    assert after["status"] == "awaiting_payment"
    assert after["timeline"][-1]["reason"] == "authentication_failed"
    assert await mira.coins() == 0


async def test_a_slow_payment_is_processing_until_the_bank_says_yes(
    house: House, mira: Buyer
) -> None:
    order = await mira.order(70, method="paypal")
    await mira.provider.post(order["checkout_url"], json={"outcome": "processing"})
    await house.news.heard(order["id"], "processing")
    running = await mira.post(f"/v1/recharges/{order['id']}/cancel")
    assert (running.status_code, running.json()["code"]) == (409, "recharge_running")

    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 70


async def test_a_slow_payment_that_fails_may_be_tried_again(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    await mira.pay(order, outcome="processing")
    await house.news.heard(order["id"], "processing")
    await mira.provider.post(f"{order['checkout_url']}/settle", json={"paid": False})
    await house.news.heard(order["id"], "declined")
    assert (await mira.read(order))["status"] == "awaiting_payment"

    await mira.pay(order)
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 70


async def test_money_that_arrives_after_the_order_expired_is_credited(
    house: House, mira: Buyer
) -> None:
    order = await mira.order(70)
    await mira.pay(order, AUTHENTICATION)
    late = house.clock.now().replace(microsecond=0)
    house_now = late.fromisoformat(order["expires_at"])
    await expire_recharges(house.recharging, now=house_now)
    assert (await mira.read(order))["status"] == "expired"

    await mira.provider.post(f"{order['checkout_url']}/authenticate", json={"step": "complete"})
    await house.news.heard(order["id"], "credited")
    after = await mira.read(order)
    assert after["status"] == "credited"
    assert after["timeline"][-1]["late"] is True
    assert await mira.coins() == 70


async def test_money_that_arrives_after_a_cancel_is_credited(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    await mira.pay(order, AUTHENTICATION)
    cancelled = await mira.post(f"/v1/recharges/{order['id']}/cancel")
    assert cancelled.json()["status"] == "cancelled"

    await mira.provider.post(f"{order['checkout_url']}/authenticate", json={"step": "complete"})
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 70


async def test_a_cancelled_order_can_no_longer_be_paid(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    await mira.post(f"/v1/recharges/{order['id']}/cancel")

    refused = await mira.provider.post(order["checkout_url"], json={"card": PAYS})
    assert refused.status_code == 409


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("wrong_amount", "amount_differs"), ("wrong_currency", "currency_differs")],
)
async def test_a_payment_that_differs_from_the_order_is_set_aside(
    house: House, mira: Buyer, fault: str, reason: str
) -> None:
    order = await mira.order(70)
    await mira.faults(order, **{fault: True})
    await mira.pay(order)
    await house.news.heard(order["id"], "set_aside")
    await mira.http.post(f"/v1/recharges/{order['id']}/check")

    assert await mira.coins() == 0
    assert (await mira.read(order))["status"] == "awaiting_payment"
    query = "select reason, amount, currency from suspense where reference = %s"
    kept = await house.rows(query, order["id"])
    assert [row[0] for row in kept] == [reason]
    verdicts = await house.rows(
        "select verdict, reason from notice where reference = %s", order["id"]
    )
    assert verdicts == [("set_aside", reason)]


async def test_a_dispute_freezes_the_wallet_and_sets_its_coins_aside(
    house: House, mira: Buyer
) -> None:
    order = await mira.order(70)
    await mira.pay(order, DISPUTED)
    await house.news.heard(order["id"], "dispute_opened")

    assert (await mira.read(order))["status"] == "disputed"
    wallet = (await mira.http.get("/v1/wallet")).json()
    assert (wallet["coins"], wallet["held"], wallet["is_frozen"]) == (0, 70, True)
