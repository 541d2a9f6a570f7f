"""Nobody tells us and nobody presses anything: paid orders are credited all the same."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from largesse.kernel import ids
from largesse.kernel.jobs import Jobs
from largesse.kernel.postgres import Urls
from largesse.recharge import State, expire_recharges, store, sweep_recharges
from tests.recharge.house import PAYS, Buyer, House
from tests.recharge.orders import order as order_in
from tests.sandbox.provider import KEY


async def test_a_paid_order_whose_notice_was_lost_is_credited(
    house: House, mira: Buyer, urls: Urls
) -> None:
    """The sweeper runs as it does in the house: by the clock, in the job worker."""
    order = await mira.order(70)
    await mira.faults(order, lose=True)
    await mira.pay(order)

    async def sweep() -> None:
        await sweep_recharges(house.recharging, now=house.clock.now())

    jobs = Jobs(urls.app)
    jobs.every("*/2 * * * * *", "sweep_recharges", sweep)
    worker = asyncio.create_task(jobs.work())
    try:
        await house.news.heard(order["id"], "credited")
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    assert await mira.coins() == 70
    query = "select count(*) from notice where reference = %s"
    assert await house.rows(query, order["id"]) == [(0,)]


async def test_a_provider_that_was_silent_is_asked_again_with_the_same_key(
    house: House, mira: Buyer
) -> None:
    quoted = await mira.quote(70)
    house.sandbox.kill()
    answer = await mira.post(f"/v1/recharges/{quoted['id']}/confirm", "confirm-in-the-dark")
    assert answer.status_code == 200
    assert answer.json()["status"] == "awaiting_payment"
    assert "checkout_url" not in answer.json()
    await sweep_recharges(house.recharging, now=due(house))
    waiting = await mira.read(quoted)
    assert waiting["status"] == "awaiting_payment"
    whats = [entry["what"] for entry in waiting["timeline"]]
    assert whats == ["quoted", "confirmed", "provider_silent"]

    await asyncio.to_thread(house.sandbox.start)
    await sweep_recharges(house.recharging, now=due(house) + timedelta(hours=1))
    order = await mira.read(quoted)
    assert "/sandbox/checkout/" in order["checkout_url"]
    await mira.pay(order, PAYS)
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 70


@pytest.mark.parametrize("seconds", [0, 6])
async def test_a_provider_that_works_and_then_breaks_has_opened_one_checkout(
    house: House, mira: Buyer, seconds: int
) -> None:
    """An error page and a timeout are the same to us: nobody knows, so the same key asks again."""
    stumble = {"calls": 1, "seconds": seconds}
    await house.provider.post(f"{house.sandbox.url}/sandbox/stumble", json=stumble)
    quoted = await mira.quote(70)
    answer = await mira.post(f"/v1/recharges/{quoted['id']}/confirm")
    assert answer.json()["status"] == "awaiting_payment"
    assert "checkout_url" not in answer.json()

    checked = (await mira.http.post(f"/v1/recharges/{quoted['id']}/check")).json()
    assert len(await checkouts(house, quoted)) == 1
    await mira.pay(checked)
    await house.news.heard(quoted["id"], "credited")
    assert await mira.coins() == 70


async def test_a_query_that_breaks_changes_nothing(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    await mira.faults(order, lose=True)
    await mira.pay(order)
    await house.provider.post(f"{house.sandbox.url}/sandbox/stumble", json={"calls": 1})
    path = f"/v1/recharges/{order['id']}/check"
    assert (await mira.http.post(path)).json()["status"] == "awaiting_payment"
    assert (await mira.http.post(path)).json()["status"] == "credited"


async def test_a_killed_provider_forgets_nothing_that_it_answered(
    house: House, mira: Buyer
) -> None:
    order = await mira.order(70)
    await mira.faults(order, delay_seconds=1)
    await mira.pay(order)
    house.sandbox.kill()
    await asyncio.to_thread(house.sandbox.start)
    await house.news.heard(order["id"], "credited")
    assert await mira.coins() == 70


async def test_all_paid_orders_are_found_among_those_that_are_not(
    house: House, mira: Buyer
) -> None:
    """Four sweepers at once, as on four nodes: each order is asked about, none is credited twice."""
    orders = [await mira.order(35) for _ in range(12)]
    for order in orders[::3]:
        await mira.faults(order, lose=True)
        await mira.pay(order)
    await asyncio.gather(*(sweep_recharges(house.recharging, now=due(house)) for _ in range(4)))
    assert await mira.coins() == 35 * 4
    for number, order in enumerate(orders):
        assert await house.credits(order) == (1 if number % 3 == 0 else 0)


async def test_an_order_that_nobody_paid_ends_and_its_page_closes(
    house: House, mira: Buyer
) -> None:
    order = await mira.order(70)
    await expire_recharges(house.recharging, now=datetime.fromisoformat(order["expires_at"]))
    assert (await mira.read(order))["status"] == "expired"
    refused = await mira.provider.post(order["checkout_url"], json={"card": PAYS})
    assert refused.status_code == 409


async def test_an_old_order_is_left_alone_in_the_end(house: House, mira: Buyer) -> None:
    order = await mira.order(70)
    house.clock.push(days=9)
    try:
        await expire_recharges(house.recharging, now=house.clock.now())
        await sweep_recharges(house.recharging, now=house.clock.now())
    finally:
        house.clock.ahead = timedelta()
    async with house.database.read() as connection:
        kept = await store.by_id(connection, recharge=ids.read("rch", order["id"]))
    assert kept is not None
    assert kept.next_check_at is None


async def test_orders_of_a_provider_that_is_switched_off_do_not_keep_the_sweeper_busy(
    house: House,
) -> None:
    now = house.clock.now()
    left = order_in(
        State.EXPIRED, id=ids.make(), provider="gone", confirmed_at=now, next_check_at=now
    )
    async with house.database.work() as connection:
        await store.insert(connection, left)
    await sweep_recharges(house.recharging, now=now)
    async with house.database.read() as connection:
        kept = await store.by_id(connection, recharge=left.id)
    assert kept is not None
    seconds = house.recharging.rules.check_seconds_max
    assert kept.next_check_at == now + timedelta(seconds=seconds)


async def test_orders_of_a_provider_that_is_switched_off_end_all_the_same(house: House) -> None:
    now = house.clock.now()
    left = [
        order_in(State.AWAITING_PAYMENT, id=ids.make(), provider="gone", checkout="cko_1",
                 confirmed_at=now, expires_at=now)
        for _ in range(2)
    ]  # fmt: skip
    async with house.database.work() as connection:
        for one in left:
            await store.insert(connection, one)
    await expire_recharges(house.recharging, now=now)
    async with house.database.read() as connection:
        ended = [await store.by_id(connection, recharge=one.id) for one in left]
    assert [one and one.state for one in ended] == [State.EXPIRED] * 2


async def checkouts(house: House, order: dict[str, Any]) -> list[dict[str, Any]]:
    """What the provider itself knows about an order."""
    listed = await house.provider.get(
        f"{house.sandbox.url}/sandbox/api/checkouts",
        params={"reference": order["id"]},
        headers={"authorization": f"Bearer {KEY}"},
    )
    found: list[dict[str, Any]] = listed.json()["data"]
    return found


def due(house: House) -> datetime:
    """A moment at which everything open is due, and nothing expires."""
    return house.clock.now() + timedelta(seconds=house.recharging.rules.first_check_seconds + 1)
