"""A room on bad mobile data."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.journeys.people import Someone

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
