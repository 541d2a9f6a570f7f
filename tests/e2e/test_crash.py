"""The house dies in the middle of a live and is started again; the page is never reloaded."""

from __future__ import annotations

import re
import signal

from playwright.async_api import Browser, expect

from tests.e2e.visitor import visiting
from tests.journeys.house import House
from tests.journeys.people import fresh_key, room_of, sign_up


async def test_a_killed_house_that_starts_again_finds_its_viewers_and_their_coins(
    own_house: House, chromium: Browser
) -> None:
    house = own_house
    room = await room_of(house, "oto")
    giver = await sign_up(house)
    await giver.recharge(coins=350)
    await giver.send_gift("doughnut", room=room, key=fresh_key())
    async with visiting(house, chromium, device="phone") as visitor:
        visitor.may_say = re.compile("net::ERR_|WebSocket connection|status of 5")
        await visitor.is_known_as(giver)
        await visitor.enters(room)
        away = visitor.page.get_by_role("status").filter(has_text="Reconnecting")
        field = visitor.page.get_by_role("textbox", name="Message")
        await field.fill("did you hear that?")

        await house.stop(signal.SIGKILL)
        await expect(away).to_be_visible()
        await house.start()
        await expect(away).to_have_count(0, timeout=30_000)

        await expect(field).to_have_value("did you hear that?")
        await field.press("Enter")
        await expect(visitor.chat.get_by_text("did you hear that?")).to_have_count(1)
        await visitor.gifts.click()
        await visitor.sheet.get_by_role("radio", name=re.compile("^Rose")).check(force=True)
        await visitor.sheet.get_by_role("button", name="Send rose · 1 coin").click()
        await expect(visitor.sheet.get_by_test_id("gift-receipt")).to_contain_text("Rose")
        assert await giver.coins() == 350 - 30 - 1
