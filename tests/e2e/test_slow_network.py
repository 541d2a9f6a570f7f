"""A room on bad mobile data."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.e2e.line import Line
from tests.journeys.house import House
from tests.journeys.people import Someone, sign_up

# Every answer waits this long, and no more than a weak 3G cell comes through.
BAD_CELL = {
    "offline": False,
    "latency": 300,
    "downloadThroughput": 180_000,
    "uploadThroughput": 80_000,
    "connectionType": "cellular3g",
}


async def test_on_300_ms_and_a_thin_line_a_room_opens_talks_and_takes_a_gift(
    arrive: Arrive, rich: Someone, room: str
) -> None:
    visitor = await arrive(rich, device="phone")
    line = await visitor.context.new_cdp_session(visitor.page)
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", BAD_CELL)

    await visitor.enters(room)
    field = visitor.page.get_by_role("textbox", name="Message")
    await field.fill("hello from the train")
    await field.press("Enter")
    await expect(visitor.chat.get_by_text("hello from the train")).to_have_count(1)
    await expect(field).to_have_value("")

    await visitor.gifts.click()
    await visitor.sheet.get_by_role("radio", name=re.compile("^Heart")).check(force=True)
    send = visitor.sheet.get_by_role("button", name=re.compile("^Send heart"))
    await send.click()
    await expect(visitor.sheet.get_by_test_id("gift-receipt")).to_contain_text("Heart")
    # Pressed again at once, as people do while the first is on its way: each press is one gift.
    await send.dblclick()
    await visitor.sheet.get_by_role("button", name="Close").click()
    await expect(visitor.streaks.filter(has_text="Heart")).to_contain_text("×3")
    assert await rich.coins() == 347


async def test_from_far_away_with_every_hundredth_packet_lost_one_signs_in_talks_and_gives(
    arrive: Arrive, house: House, room: str
) -> None:
    password = "four quiet lanterns drifting"
    someone = await sign_up(house, password=password)
    await someone.recharge(coins=350)
    line = Line(delay_seconds=0.15, packets_per_loss=100)
    visitor = await arrive(device="phone", line=line)
    page = visitor.page

    await visitor.goes_to(f"/rooms/{room}")
    await visitor.link("Sign in to chat and give").click()
    await page.get_by_label("Handle or e-mail").fill(someone.account["handle"])
    await page.get_by_label("Password").fill(password)
    await visitor.button("Sign in").click()
    await expect(visitor.stage).to_be_visible()
    assert line.lost > 0

    field = page.get_by_role("textbox", name="Message")
    await field.fill("hello from the valley")
    line.loses_next(2)
    await field.press("Enter")
    await expect(visitor.chat.get_by_text("hello from the valley")).to_have_count(1)
    await expect(field).to_have_value("")

    await field.fill("and one more thing")
    await visitor.gifts.click()
    await visitor.sheet.get_by_role("radio", name=re.compile("^Heart")).check(force=True)
    line.loses_next(2)
    await visitor.sheet.get_by_role("button", name=re.compile("^Send heart")).click()
    await expect(visitor.sheet.get_by_test_id("gift-receipt")).to_contain_text("Heart")
    await visitor.sheet.get_by_role("button", name="Close").click()
    await expect(visitor.streaks.filter(has_text="Heart")).to_contain_text("×1")
    assert await someone.coins() == 349

    await expect(field).to_have_value("and one more thing")
    await field.press("Enter")
    await expect(visitor.chat.get_by_text("and one more thing")).to_have_count(1)
    await expect(field).to_have_value("")
