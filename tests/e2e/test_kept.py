"""What is kept for next time: with consent, used with one press, removed again; and auto-recharge."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from playwright.async_api import Locator, expect

from tests.e2e.axe import violations
from tests.e2e.conftest import Arrive
from tests.e2e.visitor import Visitor, fact
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, sign_up

PASSWORD = "four quiet lanterns drifting"
KEPT = re.compile("4242")


@pytest.fixture
async def buyer(house: House) -> Someone:
    return await sign_up(house, password=PASSWORD)


async def pays_and_keeps(visitor: Visitor) -> None:
    """A first payment by card, with the box ticked."""
    await visitor.goes_to("/recharge")
    box = visitor.page.get_by_role("checkbox", name="Save for next time")
    await expect(box).not_to_be_checked()
    await box.check()
    await visitor.button("Review").click()
    await visitor.button(re.compile(r"^Pay \$")).click()
    await visitor.pays_by_card(GOOD_CARD)
    await expect(visitor.heading("Your coins are here")).to_be_visible()


def kept(visitor: Visitor) -> Locator:
    """The saved methods on the payments page."""
    return visitor.page.get_by_role("region", name="Saved ways to pay").get_by_role("listitem")


async def test_nothing_is_kept_without_the_box_and_with_it_one_press_pays_again(
    arrive: Arrive, buyer: Someone
) -> None:
    visitor = await arrive(buyer, device="phone", still=True)
    page = visitor.page
    await visitor.goes_to("/recharge")
    await expect(page.get_by_text("you can remove it at any time")).to_be_visible()
    await visitor.goes_to("/me/payments")
    await expect(page.get_by_text("Nothing saved")).to_be_visible()
    assert not await violations(visitor, "payments with nothing in them")

    await pays_and_keeps(visitor)
    await visitor.goes_to("/recharge")
    await expect(page.get_by_role("radio", name=KEPT)).to_be_checked()
    assert not await violations(visitor, "packs with a saved method")
    await visitor.button("Review").click()
    await expect(page.get_by_role("region", name="Your order")).to_contain_text(KEPT)
    await visitor.button(re.compile(r"^Pay \$")).click()
    # No page of the provider in between: the card is charged and the coins are here.
    await expect(visitor.heading("Your coins are here")).to_be_visible()
    assert await buyer.coins() == 700

    # Both orders keep what was agreed to and what paid them.
    await page.get_by_text("The order", exact=True).click()
    await expect(fact(page.get_by_role("main"), "Pay with")).to_have_text(KEPT)
    first = (await buyer.get("/v1/recharges")).json()["data"][-1]
    await visitor.goes_to(f"/recharge/{first['id']}")
    await page.get_by_text("The order", exact=True).click()
    agreed = fact(page.get_by_role("main"), "Saved for next time")
    await expect(agreed).to_have_text("Yes, as you agreed")

    await visitor.goes_to("/me/payments")
    await expect(kept(visitor)).to_have_count(1)
    assert not await violations(visitor, "payments")
    await visitor.button(re.compile("^Remove .*4242")).click()
    assert not await violations(visitor, "removing a saved method")
    await visitor.sheet.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Nothing saved")).to_be_visible()
    await visitor.goes_to("/recharge")
    await expect(page.get_by_role("radio", name="Card", exact=True)).to_be_checked()


async def test_auto_recharge_asks_for_a_second_factor_and_a_code_and_then_buys_by_itself(
    arrive: Arrive, buyer: Someone
) -> None:
    visitor = await arrive(buyer, device="phone", still=True)
    visitor.may_say = re.compile("status of 403")
    page, sheet = visitor.page, visitor.sheet
    await pays_and_keeps(visitor)
    await visitor.goes_to("/me/payments")
    auto = page.get_by_role("region", name="Auto-recharge")
    await auto.get_by_role("link", name="Set it up").click()
    await visitor.button("Set up").click()
    await page.get_by_label("Password").fill(PASSWORD)
    await visitor.button("Go on").click()
    app = pyotp.TOTP((await page.locator("code").inner_text()).replace(" ", ""))
    await page.get_by_role("textbox", name="Code").fill(app.now())
    await visitor.button("Turn it on").click()
    await visitor.button("I have kept them").click()

    # Back where it was asked for.
    await auto.get_by_role("button", name="Set up").click()
    await sheet.get_by_label("When I have fewer coins than").fill("400")
    await sheet.get_by_label("Buy").select_option(label="700 coins · $9.99")
    await sheet.get_by_label("At most each month, in USD").fill("25")
    assert not await violations(visitor, "auto-recharge")
    await sheet.get_by_role("button", name="Save").click()
    await expect(sheet.get_by_role("heading", name="Is it you?")).to_be_visible()
    await expect(sheet).to_contain_text("At most $25.00 a month.")
    assert not await violations(visitor, "is it you")
    # Every code works once, and the one of the next half minute is taken already.
    await sheet.get_by_label("Code").fill(app.at(int(time.time()) + 30))
    await sheet.get_by_role("button", name="Confirm").click()

    await expect(auto.get_by_text("On", exact=True)).to_be_visible()
    await expect(auto).to_contain_text("Below 400 coins, buy 700 with")
    assert not await violations(visitor, "auto-recharge that is on")
    await expect(visitor.link("Recharge, 1,050 coins now")).to_be_visible(timeout=40_000)
    await visitor.goes_to("/me/payments")
    await expect(auto).to_contain_text("$9.99 of $25.00 used this month")
    await auto.get_by_role("button", name="Turn off").click()
    await expect(auto.get_by_text("Off", exact=True)).to_be_visible()
