"""A worker dies between the charge and its record: the same key, one payment, one credit."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from largesse.kernel import ids
from largesse.kernel.postgres import Urls
from largesse.recharge import sweep_auto_recharges, sweep_recharges
from tests.recharge.house import Buyer, House
from tests.recharge.savers import auto, orders, paid_at, watched
from tests.sandbox.provider import KEY

ROOT = Path(__file__).parents[2]


async def charged(house: House) -> dict[str, Any]:
    """The first charge that the provider took, as its own feed tells; the merchant never asked."""
    headers = {"authorization": f"Bearer {KEY}"}
    for _ in range(300):
        feed = await house.provider.get(f"{house.sandbox.url}/sandbox/api/events", headers=headers)
        for event in feed.json()["data"]:
            checkout: dict[str, Any] = event["data"]["checkout"]
            if checkout["is_charge"] and checkout["status"] == "paid":
                return checkout
        await asyncio.sleep(0.1)
    raise AssertionError("nothing was charged")


async def test_a_worker_that_is_killed_behind_the_charge_leaves_one_payment(
    house: House, mira: Buyer, urls: Urls
) -> None:
    await watched(house, mira, lose=True)
    stumble = {"calls": 1, "seconds": 30}
    await house.provider.post(f"{house.sandbox.url}/sandbox/stumble", json=stumble)
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.recharge.lone_worker", urls.app, str(house.sandbox.port)),
        cwd=ROOT,
    )
    payment = await charged(house)
    worker.kill()
    await worker.wait()

    (order,) = await orders(mira)
    assert payment["reference"] == order["id"]
    assert order["status"] == "awaiting_payment"
    assert await mira.coins() == 35
    answered = "select answered_at from recharge_way where recharge = %s"
    assert await house.rows(answered, ids.read("rch", order["id"])) == [(None,)]

    house.clock.push(seconds=10)
    await sweep_auto_recharges(house.recharging, now=house.clock.now())
    await sweep_recharges(house.recharging, now=house.clock.now())
    await sweep_auto_recharges(house.recharging, now=house.clock.now())
    assert len(await paid_at(house, order["id"])) == 1
    assert await house.credits(order) == 1
    assert await mira.coins() == 35 + 70
    assert (await auto(mira))["state"] == "on"
