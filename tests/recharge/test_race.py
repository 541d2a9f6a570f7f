"""Notice, return page and sweeper all at once: one credit, whoever comes first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from largesse.recharge import sweep_recharges
from tests.recharge.house import Buyer, House
from tests.recharge.test_notices import PATH, paid, signed
from tests.recharge.test_sweep import checkouts

ROUNDS = 50


@pytest.mark.parametrize("many", [ROUNDS])
async def test_notice_return_page_and_sweeper_at_once_credit_once(
    house: House, mira: Buyer, many: int
) -> None:
    """Fifty orders; for each, everything that can settle it does so in the same moment."""
    orders = [await mira.order(35) for _ in range(many)]
    for order in orders:
        await mira.faults(order, double=True)

    async def rush(order: dict[str, object]) -> None:
        await mira.pay(order)
        body = paid(order)
        await asyncio.gather(
            house.http.post(PATH, content=body, headers=signed(house, body)),
            mira.http.post(f"/v1/recharges/{order['id']}/check"),
            mira.http.get(f"/v1/recharges/{order['id']}"),
            sweep_recharges(house.recharging, now=house.clock.now() + timedelta(minutes=1)),
        )

    gate = asyncio.Semaphore(5)

    async def gated(order: dict[str, object]) -> None:
        async with gate:
            await rush(order)

    await asyncio.gather(*(gated(order) for order in orders))
    for order in orders:
        await house.news.heard(str(order["id"]), "credited")

    assert await mira.coins() == 35 * many
    assert [await house.credits(order) for order in orders] == [1] * many
    credited = [one for one in house.news.told if one.what == "credited"]
    mine = [one for one in credited if one.person == mira.viewer.id]
    assert len(mine) == many
    for order in orders:
        whats = [entry["what"] for entry in (await mira.read(order))["timeline"]]
        assert whats == ["quoted", "confirmed", "checkout_opened", "credited"]


async def test_confirming_fifty_times_at_once_opens_one_checkout(house: House, mira: Buyer) -> None:
    quoted = await mira.quote(70)
    answers = await asyncio.gather(
        *(mira.post(f"/v1/recharges/{quoted['id']}/confirm", f"tap-{n % 5}") for n in range(50))
    )
    told = {answer.json().get("checkout_url") for answer in answers if answer.is_success}
    assert len(told) == 1
    assert {answer.status_code for answer in answers} <= {200, 409, 503}
    assert len(await checkouts(house, quoted)) == 1


async def test_creating_with_one_key_at_once_makes_one_order(mira: Buyer) -> None:
    answers = await asyncio.gather(
        *(mira.post("/v1/recharges", "one-key", coins=70, method="card") for _ in range(20))
    )
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert len({answer.json()["id"] for answer in answers if answer.is_success}) == 1
    assert len((await mira.http.get("/v1/recharges")).json()["data"]) == 1
