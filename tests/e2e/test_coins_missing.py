"""Paid, and the coins are not there: the help page says why and brings them."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, pay, sign_up, tell_provider


@pytest.fixture
async def buyer(house: House) -> Someone:
    return await sign_up(house)


async def looked_after_later(house: House) -> None:
    """The sweeper has asked about every order just now and comes back in an hour."""
    await house.ask_database(
        "update recharge set next_check_at = next_check_at + interval '1 hour' returning id"
    )


async def test_coins_whose_notice_was_lost_arrive_at_the_press_of_the_one_button(
    arrive: Arrive, house: House, buyer: Someone
) -> None:
    order = await buyer.confirm(await buyer.review(coins=350))
    await looked_after_later(house)
    await tell_provider(order, "faults", lose=True)
    visitor = await arrive(buyer, device="phone")
    await visitor.goes_to("/wallet")
    await visitor.link("Coins missing?").click()
    told = visitor.page.get_by_role("article")
    await expect(told.get_by_role("heading", name="Not paid yet")).to_be_visible()

    # Pressed too early it changes nothing and says so.
    await visitor.button("Check again now").click()
    notices = visitor.page.get_by_role("list", name="Notices")
    await expect(notices).to_contain_text("Nothing has changed yet.")
    await looked_after_later(house)
    await pay(order, card=GOOD_CARD)
    assert await buyer.coins() == 0

    await visitor.button("Check again now").click()
    await expect(notices).to_contain_text("350 coins have arrived.")
    await expect(told.get_by_role("heading", name="Credited")).to_be_visible()
    await expect(visitor.link("Recharge, 350 coins now")).to_be_visible()
    assert [entry["kind"] for entry in await buyer.entries()] == ["recharge"]


async def test_each_order_says_what_became_of_it_and_offers_what_helps(
    arrive: Arrive, house: House, buyer: Someone
) -> None:
    looked_at = await buyer.review(coins=70)
    declined = await buyer.confirm(await buyer.review(coins=70))
    await pay(declined, card="4000000000000002")
    await buyer.order_tells(declined, "declined")
    given_up = await buyer.confirm(await buyer.review(coins=70))
    await buyer.post(f"/v1/recharges/{given_up['id']}/cancel", key="give-up")
    await buyer.recharge(coins=70)

    visitor = await arrive(buyer)
    await visitor.goes_to(f"/help/coins-missing?order={declined['id']}")
    told = visitor.page.get_by_role("article")
    await expect(told).to_have_count(4)
    # Whoever comes from an order finds it on top.
    await expect(told.first).to_contain_text("Declined")
    page = told.first.get_by_role("link", name="Open the payment page")
    await expect(page).to_have_attribute("href", declined["checkout_url"])
    start_again = told.filter(has_text="Only looked at").get_by_role("link", name="Start again")
    await expect(start_again).to_have_attribute("href", "/recharge")
    await expect(
        told.filter(has_text="Ended without a payment").get_by_role("button")
    ).to_have_text("Check again now")
    credited = told.filter(has_text=re.compile("Credited"))
    await expect(credited.get_by_role("button")).to_have_count(0)
    for order in (looked_at, declined, given_up):
        await expect(told.locator(f"a[href='/recharge/{order['id']}']")).to_have_count(1)


async def test_an_order_that_waits_leads_to_the_help_page_and_back(
    arrive: Arrive, house: House, buyer: Someone
) -> None:
    order = await buyer.confirm(await buyer.review(coins=350))
    visitor = await arrive(buyer, device="phone")
    await visitor.goes_to(f"/recharge/{order['id']}")
    await visitor.link("Coins missing? See what happened").click()
    await expect(visitor.heading("Coins missing?")).to_be_visible()
    await visitor.page.get_by_role("article").locator(f"a[href='/recharge/{order['id']}']").click()
    await expect(visitor.heading("Waiting for your payment")).to_be_visible()

    # What happens meanwhile shows on the open page by itself.
    await pay(order, card=GOOD_CARD)
    await expect(visitor.heading("Your coins are here")).to_be_visible()
    steps = visitor.page.get_by_role("region", name="What happened").get_by_role("listitem")
    await expect(steps.last).to_contain_text("Coins credited")
