"""Pictures for the README, made of the running house; `make screenshots` asks for them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, ViewportSize, expect

from tests.e2e.evening import Evening, an_evening
from tests.e2e.visitor import Device, Visitor, visiting
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, sign_up

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
BYTES_MAX = 800_000
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
