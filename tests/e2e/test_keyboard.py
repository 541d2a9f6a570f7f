"""Hands on the keyboard, eyes that want no motion, ears instead of eyes."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import Arrive
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, fresh_key, sign_up

STOPS_MAX = 60
MOVING = """() => document.getAnimations()
  // What is over within a frame is no motion.
  .filter((one) => one.effect.getComputedTiming().endTime > 16)
  .map((one) => `${one.animationName ?? one.transitionProperty} on ${one.effect.target.className}`)"""


async def tabs_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the wanted element has the focus, and that one can be seen."""
    for _ in range(STOPS_MAX):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("(one) => one === document.activeElement"):
            assert await wanted.evaluate("(one) => one.matches(':focus-visible')")
            return
    raise AssertionError(f"{STOPS_MAX} tabs did not reach {wanted}")


async def test_signing_in_and_sending_a_rose_needs_no_mouse(
    arrive: Arrive, house: House, room: str
) -> None:
    password = "four quiet lanterns drifting"
    person = await sign_up(house, password=password)
    await person.recharge(coins=35)
    visitor = await arrive()
    page, keys = visitor.page, visitor.page.keyboard
    await visitor.goes_to("/")
    await expect(visitor.link(re.compile("Oto")).first).to_be_visible()
    await tabs_to(page, visitor.link("Sign in"))
    await keys.press("Enter")
    await expect(visitor.heading("Welcome back")).to_be_visible()
    await tabs_to(page, page.get_by_label("Handle or e-mail"))
    await keys.type(str(person.account["handle"]))
    await keys.press("Tab")
    await keys.type(password)
    await keys.press("Enter")

    card = page.get_by_role("main").get_by_role("link", name=re.compile("Oto"))
    await expect(card).to_be_visible()
    await tabs_to(page, card)
    await keys.press("Enter")
    await expect(visitor.stage).to_be_visible()
    opener = visitor.gifts
    await tabs_to(page, opener)
    await keys.press("Enter")
    rose = visitor.sheet.get_by_role("radio", name=re.compile("^Rose"))
    await tabs_to(page, rose)
    await keys.press("ArrowRight")
    await expect(rose).not_to_be_checked()
    await keys.press("ArrowLeft")
    await expect(rose).to_be_checked()
    await tabs_to(page, visitor.sheet.get_by_role("button", name="Send rose · 1 coin"))
    await keys.press("Enter")
    await expect(visitor.sheet.get_by_test_id("gift-receipt")).to_contain_text("Rose")
    assert await person.coins() == 34

    await keys.press("Escape")
    await expect(visitor.sheet).to_have_count(0)
    await expect(opener).to_be_focused()


async def test_buying_coins_and_giving_them_back_needs_no_mouse(
    arrive: Arrive, house: House
) -> None:
    person = await sign_up(house)
    visitor = await arrive(person)
    page, keys = visitor.page, visitor.page.keyboard
    await visitor.goes_to("/recharge")
    small = page.get_by_role("radio", name=re.compile("^350 coins"))
    await expect(small).to_be_checked()
    await tabs_to(page, small)
    await keys.press("ArrowRight")
    await expect(page.get_by_role("radio", name=re.compile("^700 coins"))).to_be_checked()
    await tabs_to(page, page.get_by_role("radio", name="Card", exact=True))
    await tabs_to(page, visitor.button("Review"))
    await keys.press("Enter")
    await expect(page.get_by_role("region", name="Your order")).to_be_visible()
    await tabs_to(page, visitor.button("Pay $9.99"))
    await keys.press("Enter")
    await expect(visitor.heading("You pay")).to_be_visible()
    await visitor.pays_by_card(GOOD_CARD)
    await expect(visitor.heading("Your coins are here")).to_be_visible()

    refund = visitor.button(re.compile("^Refund the unspent coins"))
    await tabs_to(page, refund)
    await keys.press("Enter")
    await expect(visitor.sheet).to_be_visible()
    await keys.press("Escape")
    await expect(refund).to_be_focused()
    await keys.press("Enter")
    await tabs_to(page, visitor.sheet.get_by_role("button", name="Refund $9.99"))
    await keys.press("Enter")
    await expect(visitor.heading("Refunded")).to_be_visible()
    assert await person.coins() == 0


async def test_who_wants_no_motion_sees_gifts_of_every_size_stand_still(
    arrive: Arrive, house: House, room: str
) -> None:
    giver = await sign_up(house)
    await giver.recharge(coins=20_000)
    visitor = await arrive(await sign_up(house), device="phone", still=True)
    page = visitor.page
    await visitor.enters(room)
    for gift, seen_as in (
        ("rose", visitor.streaks.filter(has_text="Rose")),
        ("golden-microphone", page.get_by_test_id("crossing-gift")),
        ("castle", page.get_by_test_id("showpiece-gift")),
    ):
        sent = await giver.send_gift(gift, room=room, key=fresh_key())
        assert sent.status_code == 201, sent.text
        await expect(seen_as.first).to_be_visible()
        assert await page.evaluate(MOVING) == []
        assert ".anim." not in str(await seen_as.first.locator("img").last.get_attribute("src"))
    await visitor.button("Skip animation").click()
    await expect(page.get_by_test_id("showpiece-gift")).to_have_count(0)


async def test_gifts_are_told_to_screen_readers_in_groups_and_politely(
    arrive: Arrive, house: House, rich: Someone, room: str
) -> None:
    visitor = await arrive(await sign_up(house))
    await visitor.enters(room)
    for count in (1, 2):
        await rich.send_gift("heart", room=room, count=count, key=fresh_key())
    polite = visitor.page.locator("[aria-live=polite]")
    told = polite.filter(has_text=f"{rich.account['name']} sent 3 hearts, 3 coins")
    await expect(told).to_have_count(1)
