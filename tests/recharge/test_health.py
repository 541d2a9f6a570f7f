"""A provider that falls silent is told of before anybody tries to pay, and nothing is lost."""

from __future__ import annotations

from largesse.recharge import probe_providers
from largesse.recharge.help.health import DOWN_AFTER
from tests.recharge.house import House


async def stumble(house: House, calls: int) -> None:
    """The provider's next answers break behind their work."""
    answer = await house.provider.post(
        f"{house.sandbox.url}/sandbox/stumble", json={"calls": calls}
    )
    assert answer.status_code == 200


async def status(house: House) -> tuple[str, str]:
    shown = (await house.http.get("/v1/status")).json()
    (sandbox,) = [one for one in shown["providers"] if one["code"] == "sandbox"]
    assert "card" in sandbox["methods"]
    return shown["status"], sandbox["status"]


async def test_silence_degrades_then_downs_a_provider_and_its_answer_makes_it_well(
    house: House,
) -> None:
    buyer = await house.buyer()
    assert await status(house) == ("ok", "ok")
    await stumble(house, DOWN_AFTER)
    # Each confirmation opens a checkout: the work is done, the answer is lost.
    orders = [await buyer.order() for _ in range(2)]
    assert await status(house) == ("degraded", "degraded")
    orders += [await buyer.order() for _ in range(DOWN_AFTER - 2)]
    assert await status(house) == ("degraded", "down")
    methods = (await house.http.get("/v1/payment-methods")).json()["data"]
    assert not any(one["is_available"] for one in methods)

    assert await probe_providers(house.recharging, now=house.clock.now()) == 1

    assert await status(house) == ("ok", "ok")
    for order in orders:
        found = await buyer.post(f"/v1/recharges/{order['id']}/check")
        assert found.json()["checkout_url"], "an order gets its page as soon as there is an answer"


async def test_single_silences_far_apart_are_no_news(house: House) -> None:
    buyer = await house.buyer()
    for _ in range(3):
        await stumble(house, 1)
        await buyer.order()
        house.clock.push(minutes=5)
    assert await status(house) == ("ok", "ok")


async def test_a_probe_that_meets_silence_leaves_it_down(house: House) -> None:
    buyer = await house.buyer()
    await stumble(house, DOWN_AFTER + 1)
    for _ in range(DOWN_AFTER):
        await buyer.order()
    assert await probe_providers(house.recharging, now=house.clock.now()) == 0
    assert await status(house) == ("degraded", "down")
    assert await probe_providers(house.recharging, now=house.clock.now()) == 1


async def test_coins_missing_finds_the_paid_order_and_checking_brings_them(house: House) -> None:
    buyer = await house.buyer()
    order = await buyer.order()
    await buyer.faults(order, lose=True)
    await buyer.pay(order)

    (one,) = (await buyer.http.get("/v1/help/coins-missing")).json()["data"]
    assert (one["recharge_id"], one["verdict"], one["action"]["kind"]) == (
        order["id"],
        "not_paid",
        "check",
    )
    assert (await buyer.http.post(one["action"]["url"])).status_code == 200

    (one,) = (await buyer.http.get("/v1/help/coins-missing")).json()["data"]
    assert (one["verdict"], one["action"]) == ("credited", {"kind": "wallet", "url": "/wallet"})
    assert await buyer.coins() == 350


async def test_nobody_reads_where_another_buyers_coins_are(house: House) -> None:
    mine, other = await house.buyer(), await house.buyer()
    await mine.order()
    assert (await other.http.get("/v1/help/coins-missing")).json()["data"] == []
    assert (await house.http.get("/v1/help/coins-missing")).status_code == 401
