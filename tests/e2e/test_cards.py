"""Cards that are refused, banks that ask first, and payments that take their time."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.e2e.visitor import Visitor
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, sign_up

DECLINED = "4000 0000 0000 0002"
ASKS_THE_BANK = "4000 0025 0000 3155"


@pytest.fixture
async def buyer(house: House) -> Someone:
    return await sign_up(house)


async def goes_to_pay(visitor: Visitor, *, method: str = "Card") -> None:
    """From the packs to the provider's page."""
    await visitor.goes_to("/recharge")
    await visitor.page.get_by_role("radio", name=method, exact=True).check()
    await visitor.button("Review").click()
    await visitor.button(re.compile(r"^Pay \$")).click()
    await expect(visitor.heading("You pay")).to_be_visible()


async def paid_once(buyer: Someone) -> None:
    """However the payment went on its way, the history knows one recharge."""
    assert [entry["kind"] for entry in await buyer.entries()] == ["recharge"]


async def test_a_declined_card_says_why_and_another_card_pays_the_same_order(
    arrive: Arrive, buyer: Someone
) -> None:
    visitor = await arrive(buyer, device="phone")
    page = visitor.page
    await goes_to_pay(visitor)
    await visitor.pays_by_card(DECLINED)
    await expect(page.get_by_role("alert")).to_have_text(
        "The bank declined this payment. Nothing was taken. Try another card."
    )

    # Leaving the provider's page meets the same words at home, and a way back.
    await visitor.link("Back without paying").click()
    await expect(visitor.heading("The payment was declined")).to_be_visible()
    await expect(page.get_by_text("Your bank declined this card.")).to_be_visible()
    await expect(page.get_by_text("Nothing was taken from your account.")).to_be_visible()
    order = page.url.rsplit("/", 1)[-1].partition("?")[0]
    await visitor.link("Try another card").click()
    await visitor.pays_by_card(GOOD_CARD)

    await expect(visitor.heading("Your coins are here")).to_be_visible()
    assert order in page.url
    told = page.get_by_role("region", name="What happened").get_by_role("listitem")
    await expect(told.filter(has_text="Declined: your bank declined this card")).to_have_count(1)
    await expect(told.filter(has_text="Coins credited")).to_have_count(1)
    await paid_once(buyer)


async def test_the_bank_asks_first_and_a_yes_brings_the_coins(
    arrive: Arrive, buyer: Someone
) -> None:
    visitor = await arrive(buyer)
    await goes_to_pay(visitor)
    await visitor.pays_by_card(ASKS_THE_BANK)
    await expect(visitor.heading("Your bank asks: is this you?")).to_be_visible()
    await expect(visitor.page.get_by_text("the card ending in 3155")).to_be_visible()
    await visitor.button("Complete").click()
    await expect(visitor.heading("Your coins are here")).to_be_visible()
    await paid_once(buyer)


async def test_a_no_to_the_bank_takes_nothing_and_another_card_still_pays(
    arrive: Arrive, buyer: Someone
) -> None:
    visitor = await arrive(buyer)
    await goes_to_pay(visitor)
    await visitor.pays_by_card(ASKS_THE_BANK)
    await visitor.button("Fail").click()
    await expect(visitor.page.get_by_role("alert")).to_have_text(
        "The bank could not confirm that it was you. Nothing was taken."
    )
    assert await buyer.coins() == 0
    await visitor.pays_by_card(GOOD_CARD)
    await expect(visitor.heading("Your coins are here")).to_be_visible()
    await paid_once(buyer)


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_a_slow_payment_is_waited_for_and_turns_into_coins_by_itself(
    arrive: Arrive, buyer: Someone, theme: str
) -> None:
    visitor = await arrive(buyer, device="phone", theme=theme)
    await goes_to_pay(visitor, method="PayPal")
    ground = await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
    is_dark = sum(int(part) for part in re.findall(r"\d+", ground)[:3]) < 3 * 128
    assert is_dark == (theme == "dark")
    wide = await visitor.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, "The provider's page must fit a phone."

    await visitor.button("Approve, but slowly").click()
    await expect(visitor.heading("Your bank is working on it")).to_be_visible()
    await expect(visitor.page.get_by_text("You can leave this page.")).to_be_visible()
    await expect(visitor.heading("Your coins are here")).to_be_visible(timeout=30_000)
    await paid_once(buyer)
