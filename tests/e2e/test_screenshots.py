"""Pictures for the README, made of the running house; `make screenshots` asks for them."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, ViewportSize, expect

from tests.e2e.evening import Evening, an_evening
from tests.e2e.test_kept import PASSWORD, pays_and_keeps
from tests.e2e.visitor import Device, Visitor, visiting
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, pay, sign_up

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
BYTES_MAX = 800_000
DECLINED_CARD = "4000000000000002"
# The pages of the README are narrow, and a repository keeps every picture for ever.
SHARPNESS: dict[Device, float] = {"phone": 1.5, "desktop": 1}
LAPTOP: ViewportSize = {"width": 1280, "height": 800}
BOTH = ("dark", "light")
# A room is a night scene in either theme.
NIGHT = ("dark",)

# Who gives what at the moment of the picture; the last one flies across the stage.
SWING = {
    "desktop": (
        ("priya", "rose", 12),
        ("teo", "coffee", 3),
        ("sam.w", "clap", 5),
        ("june", "lion", 1),
    ),
    "phone": (
        ("noor", "heart", 9),
        ("kaya", "balloon", 1),
        ("aldo", "rocket", 1),
    ),
}

# A gift in the middle of its way is best seen; everything else has arrived.
IN_MID_FLIGHT = """(gift) => {
  for (const one of document.getAnimations())
    if (Number.isFinite(one.effect.getComputedTiming().endTime) && !gift.contains(one.effect.target)) one.finish();
  for (const one of gift.getAnimations({ subtree: true })) {
    one.pause();
    one.currentTime = Math.min(1400, one.effect.getComputedTiming().endTime);
  }
}"""
# A showpiece builds itself from nothing, and its picture keeps its own time.
BUILT = "() => new Promise((built) => setTimeout(built, 2600))"


class Come(Protocol):
    """Somebody of the evening, or a guest, opens a sharp browser."""

    async def __call__(self, who: str | None = None, *, device: Device = ...) -> Visitor: ...


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def evening(house: House) -> AsyncIterator[Evening]:
    async with an_evening(house) as lived:
        yield lived


@pytest_asyncio.fixture(loop_scope="session")
async def come(house: House, evening: Evening, chromium: Browser) -> AsyncIterator[Come]:
    async with AsyncExitStack() as everybody:

        async def arrives(who: str | None = None, *, device: Device = "phone") -> Visitor:
            sharp = visiting(house, chromium, device=device, sharpness=SHARPNESS[device])
            visitor = await everybody.enter_async_context(sharp)
            if device == "desktop":
                await visitor.page.set_viewport_size(LAPTOP)
            if who is not None:
                await visitor.is_known_as(evening.people[who])
            return visitor

        yield arrives


async def shoot(
    visitor: Visitor,
    name: str,
    *,
    themes: tuple[str, ...] = BOTH,
    flying: Locator | None = None,
) -> None:
    """One picture in each theme; they have to stay small enough for a README."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for theme in themes:
        await visitor.turns(theme)
        await visitor.is_drawn()
        if flying is not None:
            await flying.evaluate(IN_MID_FLIGHT)
        else:
            await visitor.is_settled()
        file = FOLDER / f"{name}-{theme}.png"
        await visitor.page.screenshot(path=file, caret="hide")
        assert file.stat().st_size < BYTES_MAX, f"{file.name} has {file.stat().st_size} bytes"


async def test_the_way_in(come: Come) -> None:
    guest = await come()
    await guest.goes_to("/")
    await expect(guest.link(re.compile("Oto")).first).to_be_visible()
    await shoot(guest, "feed-phone")
    await guest.goes_to("/sign-up")
    await guest.page.get_by_label("Handle").fill("lena")
    await guest.page.get_by_label("E-mail").fill("lena@example.org")
    await guest.page.get_by_label("Password").fill("four quiet lanterns drifting")
    await guest.page.get_by_label("Date of birth").fill("1994-06-21")
    await guest.page.get_by_label("Date of birth").blur()
    await shoot(guest, "sign-up")
    wide = await come("mira", device="desktop")
    await wide.goes_to("/")
    await expect(wide.link(re.compile("Oto")).first).to_be_visible()
    await shoot(wide, "feed-desktop")


@pytest.mark.parametrize("device", ["phone", "desktop"])
async def test_a_room_in_full_swing(come: Come, evening: Evening, device: Device) -> None:
    mira = await come("mira", device=device)
    await mira.enters(evening.room)
    await expect(mira.chat).to_contain_text("the rain one is next")
    for who, gift, count in SWING[device]:
        await evening.gives(who, gift, count)
    flying = mira.page.get_by_test_id("crossing-gift")
    await expect(flying).to_be_visible()
    for _, gift, count in SWING[device]:
        card = mira.streaks.filter(has_text=re.compile(gift, re.IGNORECASE))
        await expect(card).to_contain_text(f"×{count}")
    await shoot(mira, f"room-{device}", themes=NIGHT, flying=flying)


async def test_a_showpiece_and_the_gift_sheet(come: Come, evening: Evening) -> None:
    mira = await come("mira")
    await mira.enters(evening.room)
    await evening.people["noor"].recharge(coins=10_000)
    await evening.gives("noor", "castle")
    piece = mira.page.get_by_test_id("showpiece-gift")
    await expect(piece).to_be_visible()
    await piece.evaluate(BUILT)
    await shoot(mira, "showpiece", themes=NIGHT, flying=piece)
    await mira.button("Skip animation").click()
    await mira.gifts.click()
    await mira.sheet.get_by_role("radio", name=re.compile("^Golden microphone")).check(force=True)
    await expect(mira.sheet).to_contain_text(re.compile("of yours, Oto receives"))
    await shoot(mira, "gift-sheet")


async def test_the_way_of_the_money(come: Come, evening: Evening) -> None:
    evening.people["lena"] = await sign_up(evening.house, handle="lena.k", name="Lena")
    lena = await come("lena")
    await lena.goes_to("/recharge")
    await expect(lena.button("Review")).to_be_visible()
    await shoot(lena, "recharge-packs")
    await lena.button("Review").click()
    await expect(lena.page.get_by_role("region", name="Your order")).to_be_visible()
    await shoot(lena, "recharge-review")
    await lena.button(re.compile(r"^Pay \$")).click()
    await expect(lena.heading("You pay")).to_be_visible()
    await shoot(lena, "recharge-provider")
    await lena.pays_by_card(GOOD_CARD)
    await expect(lena.heading("Your coins are here")).to_be_visible()
    await shoot(lena, "recharge-credited")


async def test_an_order_that_waits_and_what_helps(come: Come, evening: Evening) -> None:
    ines = evening.people["ines"] = await sign_up(evening.house, handle="ines.v", name="Ines")
    visitor = await come("ines")
    await visitor.goes_to("/recharge")
    await visitor.page.get_by_role("radio", name="PayPal").check()
    await visitor.button("Review").click()
    await visitor.button(re.compile(r"^Pay \$")).click()
    await visitor.button("Approve, but slowly").click()
    await expect(visitor.heading("Your bank is working on it")).to_be_visible()
    await shoot(visitor, "order-waiting")
    declined = await ines.confirm(await ines.review(coins=700))
    await pay(declined, card=DECLINED_CARD)
    await ines.order_tells(declined, "declined")
    await visitor.goes_to(f"/recharge/{declined['id']}")
    await expect(visitor.heading("The payment was declined")).to_be_visible()
    await shoot(visitor, "order-declined")
    await ines.confirm(await ines.review(coins=70))
    await visitor.goes_to("/help/coins-missing")
    await expect(visitor.button("Check again now").first).to_be_visible()
    await shoot(visitor, "coins-missing")


async def test_what_follows_a_recharge(come: Come, evening: Evening) -> None:
    sol = evening.people["sol"] = await sign_up(
        evening.house, handle="sol.m", name="Sol", password=PASSWORD
    )
    visitor = await come("sol")
    visitor.may_say = re.compile("status of 403")
    page, sheet = visitor.page, visitor.sheet
    await pays_and_keeps(visitor)
    await expect(visitor.link(re.compile("^Download the receipt"))).to_be_visible()
    await evening.gives("sol", "golden-microphone")
    order = (await sol.get("/v1/recharges")).json()["data"][0]
    await visitor.goes_to(f"/recharge/{order['id']}")
    await visitor.button(re.compile("^Refund the unspent")).scroll_into_view_if_needed()
    await shoot(visitor, "order-credited")
    await visitor.button(re.compile("^Refund the unspent")).click()
    await shoot(visitor, "order-refund")
    await sheet.get_by_role("button", name="Keep the coins").click()
    await visitor.goes_to("/recharge")
    await visitor.page.get_by_role("radio", name=re.compile("4242")).scroll_into_view_if_needed()
    await shoot(visitor, "recharge-saved")
    await visitor.goes_to("/me/security?back=/me/payments")
    await visitor.button("Set up").click()
    await page.get_by_label("Password").fill(PASSWORD)
    await visitor.button("Go on").click()
    await expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    await shoot(visitor, "second-factor")
    app = pyotp.TOTP((await page.locator("code").inner_text()).replace(" ", ""))
    await page.get_by_role("textbox", name="Code").fill(app.now())
    await visitor.button("Turn it on").click()
    await visitor.button("I have kept them").click()
    auto = page.get_by_role("region", name="Auto-recharge")
    await auto.get_by_role("button", name="Set up").click()
    await sheet.get_by_label("When I have fewer coins than").fill("100")
    await shoot(visitor, "auto-recharge")
    await sheet.get_by_role("button", name="Save").click()
    await sheet.get_by_label("Code").fill(app.at(int(time.time()) + 30))
    await sheet.get_by_role("button", name="Confirm").click()
    await expect(auto.get_by_text("On", exact=True)).to_be_visible()
    await expect(page.get_by_role("list", name="Notices")).to_have_count(0)
    await shoot(visitor, "payments")
    await visitor.goes_to(f"/recharge/{order['id']}")
    await visitor.button(re.compile("^This wasn’t me")).click()
    await shoot(visitor, "not-me")
    await sheet.get_by_role("button", name="Go on").click()
    await sheet.get_by_role("button", name="Stop spending and report it").click()
    await expect(visitor.heading("We are looking at it")).to_be_visible()
    await shoot(visitor, "case")
    await visitor.goes_to("/codes")
    await page.get_by_label("Gift code").fill("7KQ2M9XD40TR")
    await page.get_by_label("Gift code").blur()
    await shoot(visitor, "gift-code")


async def test_the_wallet_and_one_entry(come: Come) -> None:
    mira = await come("mira")
    await mira.goes_to("/wallet")
    gift = mira.link(re.compile("Gift to Oto")).first
    await expect(gift).to_be_visible()
    await shoot(mira, "wallet")
    await gift.click()
    await expect(mira.page.get_by_text("Balance after")).to_be_visible()
    await shoot(mira, "wallet-entry")


async def test_the_studio_before_and_on_air(come: Come, evening: Evening) -> None:
    aldo = await come("aldo", device="desktop")
    await aldo.goes_to("/studio")
    await aldo.page.get_by_label("Title").fill("Late songs by the window")
    await aldo.page.get_by_label("Title").blur()
    await shoot(aldo, "studio-setup")
    oto = await come("oto", device="desktop")
    await oto.goes_to("/studio")
    await oto.hears_the_room()
    await evening.gives("mira", "golden-microphone")
    latest = oto.page.get_by_test_id("latest-gift")
    await expect(latest).to_contain_text("Golden microphone")
    newest = oto.page.get_by_test_id("incoming-gift").first
    await expect(newest).to_contain_text("Golden microphone")
    await newest.get_by_text("Mira").click()
    await expect(newest.get_by_text("Payment fees")).to_be_visible()
    await shoot(oto, "studio-on-air")
    await oto.button("On air").click()
    await evening.gives("teo", "magic-wand")
    await expect(latest).to_contain_text("Teo")
    await shoot(oto, "studio-large", themes=NIGHT)
