"""An order after its coins: giving back what is unspent, and "this wasn't me"."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import Arrive
from tests.e2e.visitor import fact
from tests.journeys.house import House
from tests.journeys.people import Someone, fresh_key, pay, sign_up

REFUND_FAILS = "4000000000005126"


@pytest.fixture
async def buyer(house: House) -> Someone:
    return await sign_up(house)


async def test_unspent_coins_go_back_for_their_money_and_spent_ones_stay_given(
    arrive: Arrive, buyer: Someone, room: str
) -> None:
    order = await buyer.recharge(coins=350)
    given = await buyer.send_gift("golden-microphone", room=room, key=fresh_key())
    assert given.status_code == 201, given.text
    visitor = await arrive(buyer, device="phone", still=True)
    page, sheet = visitor.page, visitor.sheet
    await visitor.goes_to(f"/recharge/{order['id']}")
    await visitor.button(re.compile("^Refund the unspent coins")).click()

    # Nothing happens before every line was there to read.
    await expect(sheet.get_by_role("heading", name="Refund this recharge")).to_be_visible()
    await expect(fact(sheet, "Leaves your wallet")).to_contain_text("151")
    await expect(sheet).to_contain_text("What you have already given stays given: 199 coins")
    await expect(sheet).to_contain_text("You can do this until")
    assert not await violations(visitor, "refund")
    await sheet.get_by_role("button", name="Keep the coins").click()
    await expect(sheet).to_have_count(0)
    assert await buyer.coins() == 151

    await visitor.button(re.compile("^Refund the unspent coins")).click()
    await sheet.get_by_role("button", name=re.compile(r"^Refund \$2\.1\d$")).click()
    await expect(visitor.heading("Partly refunded")).to_be_visible()
    told = page.get_by_role("region", name="What happened").get_by_role("listitem")
    await expect(told.last).to_contain_text(re.compile(r"Refunded · \$2\.1\d"))
    await expect(visitor.link("Recharge, 0 coins now")).to_be_visible()
    await expect(visitor.button(re.compile("^Refund the unspent coins"))).to_have_count(0)
    assert await buyer.coins() == 0
    assert not await violations(visitor, "refunded order")


async def test_a_refund_under_way_is_shown_and_a_failed_one_frees_the_coins_by_itself(
    arrive: Arrive, buyer: Someone
) -> None:
    order = await buyer.confirm(await buyer.review(coins=350))
    await pay(order, card=REFUND_FAILS)
    await buyer.order_becomes(order)
    visitor = await arrive(buyer)
    await visitor.goes_to(f"/recharge/{order['id']}")
    await visitor.button(re.compile("^Refund the unspent coins")).click()
    await visitor.sheet.get_by_role("button", name="Refund $4.99").click()
    await expect(visitor.heading("Your refund is on its way")).to_be_visible()
    await expect(visitor.page.get_by_text("Refund of $4.99 on its way")).to_be_visible()
    assert await buyer.coins() == 0

    # Nobody reloads: the provider says no, and the page says what that means.
    failed = visitor.page.get_by_text("Refund of $4.99 failed; your coins are free again")
    await expect(failed).to_be_visible(timeout=30_000)
    await expect(visitor.link("Recharge, 350 coins now")).to_be_visible()
    await expect(visitor.button(re.compile("^Refund the unspent coins"))).to_be_visible()
    assert await buyer.coins() == 350


async def test_this_was_not_me_stops_spending_gives_back_and_leads_to_the_case(
    arrive: Arrive, buyer: Someone
) -> None:
    order = await buyer.recharge(coins=350)
    visitor = await arrive(buyer, device="phone", still=True)
    page, sheet = visitor.page, visitor.sheet
    await visitor.goes_to(f"/recharge/{order['id']}")
    opener = visitor.button(re.compile("^This wasn’t me"))
    await opener.click()

    # The first step only tells what the second one does.
    await expect(sheet).to_contain_text("Spending from your wallet stops at once")
    await expect(sheet).to_contain_text("350 coins for $4.99")
    await expect(sheet.get_by_role("button", name="Stop spending and report it")).to_have_count(0)
    assert not await violations(visitor, "this wasn't me")
    await sheet.get_by_role("button", name="It was me after all").click()
    await expect(opener).to_be_focused()
    assert not (await buyer.wallet())["is_frozen"]

    await opener.click()
    await sheet.get_by_role("button", name="Go on").click()
    assert not await violations(visitor, "this wasn't me, second step")
    await sheet.get_by_role("button", name="Stop spending and report it").click()
    await expect(visitor.heading("We are looking at it")).to_be_visible()
    told = page.get_by_role("region", name="What happened").get_by_role("listitem")
    await expect(told.first).to_contain_text("You told us; spending from your wallet stopped")
    await expect(told.nth(1)).to_contain_text("What is unspent is on its way back")
    await expect(page.get_by_text("Spending from your wallet is paused")).to_be_visible()
    assert not await violations(visitor, "case")
    assert (await buyer.wallet())["is_frozen"]

    # The order knows of its case, and the menu leads to both.
    await visitor.link("About this order").click()
    await visitor.link(re.compile("^You told us about this one")).click()
    await expect(visitor.heading("We are looking at it")).to_be_visible()
