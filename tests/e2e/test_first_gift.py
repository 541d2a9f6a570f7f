"""From sign-up to a gift that a second person sees and that the creator's studio splits."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.e2e.visitor import fact
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, fresh_key, sign_up


async def test_a_newcomer_signs_up_reads_every_line_pays_and_owns_the_coins(
    arrive: Arrive,
) -> None:
    visitor = await arrive(device="phone")
    page = visitor.page
    await visitor.goes_to("/sign-up?back=/recharge")
    handle = f"noor.{fresh_key('')[-6:]}"
    await page.get_by_label("Handle").fill(handle)
    await page.get_by_label("E-mail").fill(f"{handle}@example.org")
    await page.get_by_label("Password").fill("four quiet lanterns drifting")
    await page.get_by_label("Date of birth").fill("1994-06-21")
    await page.get_by_label("Country").select_option("US")
    await visitor.button("Sign up").click()

    await expect(visitor.heading("Recharge")).to_be_visible()
    await page.get_by_role("radio", name=re.compile(r"^350 coins")).check(force=True)
    await page.get_by_role("radio", name="Card").check()
    await visitor.button("Review").click()

    order = page.get_by_role("region", name="Your order")
    for line, says in (
        ("Coins", "350"),
        ("Pay with", re.compile("Card")),
        ("Price", "$4.99"),
        ("Sales tax", "$0.00"),
        ("Per coin", re.compile(r"^\$0\.0\d+$")),
        ("Total", re.compile(r"^\$\d")),
    ):
        await expect(fact(order, line)).to_have_text(says)
    await expect(order).to_contain_text(re.compile("refund", re.IGNORECASE))
    await expect(page.get_by_text(re.compile("This price holds until"))).to_be_visible()
    await visitor.button(re.compile(r"^Pay \$")).click()

    await expect(visitor.heading("You pay")).to_be_visible()
    await expect(page.get_by_text("no real money moves here")).to_be_visible()
    await visitor.pays_by_card(GOOD_CARD)

    await expect(visitor.heading("Your coins are here")).to_be_visible()
    await expect(page.get_by_text("You have 350 coins now.")).to_be_visible()
    await visitor.link("Open wallet").click()
    balance = page.get_by_role("region", name="Balance")
    await expect(fact(balance, "Paid coins")).to_have_text("350")
    await expect(fact(balance, "What they cost you")).to_have_text("$4.99")
    await expect(visitor.link(re.compile(r"Recharge.*\+350"))).to_be_visible()


async def test_a_gift_is_seen_by_another_viewer_and_split_in_the_creators_studio(
    arrive: Arrive, house: House, rich: Someone, oto: Someone, room: str
) -> None:
    giver = await arrive(rich, device="phone")
    watcher = await arrive(await sign_up(house))
    studio = await arrive(oto, theme="light")
    await watcher.enters(room)
    await studio.goes_to("/studio")
    await studio.hears_the_room()
    chime = studio.button("Chime off")
    await chime.click()
    await expect(studio.button("Chime on")).to_have_attribute("aria-pressed", "true")
    await giver.enters(room)

    await giver.gifts.click()
    await giver.sheet.get_by_role("radio", name=re.compile("^Rose")).check(force=True)
    await giver.sheet.get_by_role("button", name="5", exact=True).click()
    await expect(giver.sheet).to_contain_text(re.compile(r"≈ \$0\.\d+ of yours, Oto receives \$0"))
    await giver.sheet.get_by_role("button", name="Send 5 roses · 5 coins").click()
    await expect(giver.sheet.get_by_test_id("gift-receipt")).to_contain_text("Rose ×5")
    await expect(giver.sheet).to_contain_text("345")

    name = rich.account["name"]
    card = watcher.streaks.filter(has_text=name)
    await expect(card).to_contain_text("Rose")
    await expect(card).to_contain_text("×5")
    await expect(watcher.chat).to_contain_text(f"{name} sent Rose ×5")

    latest = studio.page.get_by_test_id("latest-gift")
    await expect(latest).to_contain_text(name)
    await expect(latest).to_contain_text("Rose ×5")
    incoming = studio.page.get_by_test_id("incoming-gift").filter(has_text=name)
    await incoming.get_by_text(name).click()
    for part in ("Oto receives", "Platform", "Payment fees", "Tax", "Paid by the viewer"):
        await expect(incoming.get_by_text(part, exact=True)).to_be_visible()
    await incoming.get_by_role("button", name=f"Thank {name}").click()
    await expect(watcher.chat).to_contain_text(f"Thank you, {name}, for 5 roses")
