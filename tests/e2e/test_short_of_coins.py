"""Too few coins in the middle of a live: recharge there, and the same gift goes on."""

from __future__ import annotations

import re

from playwright.async_api import Request, expect

from tests.e2e.conftest import Arrive
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, sign_up


async def test_a_gift_that_lacked_coins_goes_on_after_the_recharge_and_is_paid_once(
    arrive: Arrive, house: House, oto: Someone, room: str
) -> None:
    person = await sign_up(house)
    await person.recharge(coins=35)
    visitor = await arrive(person, device="phone")
    page, sheet = visitor.page, visitor.sheet
    sent_over_http: list[Request] = []
    page.on("request", lambda one: sent_over_http.append(one) if "/gifts" in one.url else None)
    await visitor.enters(room)

    await visitor.gifts.click()
    await sheet.get_by_role("radio", name=re.compile("^Golden microphone", re.IGNORECASE)).check(
        force=True
    )
    await expect(sheet).to_contain_text("You need 164 more coins for this.")
    await sheet.get_by_role("button", name=re.compile("^Send golden microphone")).click()

    await expect(sheet.get_by_role("heading", name="Recharge")).to_be_visible()
    await expect(sheet).to_contain_text(
        "164 coins are missing for the golden microphone. We chose the smallest pack that fits."
    )
    packs = (await person.get("/v1/packs", country="US")).json()["data"]
    fitting = min(
        (pack for pack in packs if pack["coins"] + pack["promo_coins"] >= 164),
        key=lambda pack: pack["price"]["amount"],
    )
    chosen = sheet.get_by_role("radio", name=re.compile(rf"\b{fitting['coins']} ?coins"))
    await expect(chosen).to_be_checked()

    await sheet.get_by_role("button", name="Review").click()
    await sheet.get_by_role("button", name=re.compile(r"^Pay \$")).click()
    await visitor.pays_by_card(GOOD_CARD)
    await expect(visitor.heading("Your coins are here")).to_be_visible()
    await visitor.link("Back to Oto and send the golden microphone").click()

    receipt = page.get_by_test_id("gift-receipt")
    await expect(receipt).to_contain_text("Golden microphone")
    await expect(page.get_by_test_id("crossing-gift")).to_contain_text("Golden microphone")
    after = 35 + fitting["coins"] + fitting["promo_coins"] - 199
    assert await person.coins() == after

    # A reload, and going back in the history, ask for no second gift.
    await page.reload()
    await expect(visitor.stage).to_be_visible()
    await page.go_back()
    await page.go_forward()
    await expect(visitor.stage).to_be_visible()
    kinds = [entry["kind"] for entry in await person.entries()]
    assert (kinds.count("gift"), await person.coins()) == (1, after)
    received = (await oto.get("/v1/creators/me/earnings")).json()["gifts"]
    assert sum(gift["sender"]["handle"] == person.account["handle"] for gift in received) == 1
