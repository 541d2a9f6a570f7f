"""A payment provider that does not answer: said before anybody tries, and over by itself."""

from __future__ import annotations

import asyncio
import re

import httpx
from playwright.async_api import Browser, expect

from tests.e2e.axe import violations
from tests.e2e.visitor import visiting
from tests.journeys.house import House
from tests.journeys.people import fresh_key, sign_up

SILENCES = 200


async def stumble(house: House, calls: int) -> None:
    """From now on so many answers of the provider are an error page."""
    async with httpx.AsyncClient(timeout=30) as outside:
        answer = await outside.post(f"{house.sandbox}/sandbox/stumble", json={"calls": calls})
    assert answer.status_code == 200, answer.text


async def test_ways_to_pay_that_do_not_work_say_so_and_come_back_by_themselves(
    own_house: House, chromium: Browser
) -> None:
    buyer = await sign_up(own_house)
    await stumble(own_house, SILENCES)
    orders = [await buyer.review(coins=70) for _ in range(6)]
    confirmed = await asyncio.gather(
        *(
            buyer.post(f"/v1/recharges/{order['id']}/confirm", key=fresh_key("confirm"))
            for order in orders
        )
    )
    assert {answer.status_code for answer in confirmed} == {200}

    async with visiting(own_house, chromium, device="phone", still=True) as visitor:
        await visitor.is_known_as(buyer)
        await visitor.goes_to("/recharge")
        banner = visitor.page.get_by_role("status", name="Payments right now")
        await expect(banner).to_contain_text("is not answering")
        await expect(banner).to_contain_text("Orders that you have paid are safe.")
        card = visitor.page.get_by_role("radio", name=re.compile("^Card"))
        await expect(card).to_be_disabled()
        await expect(visitor.button("Review")).to_be_disabled()
        assert not await violations(visitor, "recharge while a provider is silent")

        # An order that was confirmed meanwhile waits, and says for what.
        await visitor.goes_to(f"/recharge/{orders[0]['id']}")
        await expect(visitor.heading("We are asking the payment provider")).to_be_visible()
        assert not await violations(visitor, "an order that its provider has not answered")

        await visitor.goes_to("/recharge")
        await expect(card).to_be_disabled()
        await stumble(own_house, 0)
        await expect(card).to_be_enabled(timeout=30_000)
        await expect(card).to_be_checked()
        await expect(banner).to_have_count(0)
        await expect(visitor.button("Review")).to_be_enabled()
