"""A new creator's first live, from the title to the end for everybody."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.e2e.visitor import fact
from tests.journeys.house import House
from tests.journeys.people import Someone, fresh_key, sign_up


async def test_a_first_live_is_found_in_the_feed_receives_a_gift_and_ends_for_everybody(
    arrive: Arrive, house: House, rich: Someone
) -> None:
    person = await sign_up(house)
    creator = await arrive(person, theme="light")
    viewer = await arrive(rich, device="phone")
    title = f"First songs {fresh_key('')[-5:]}"
    await creator.goes_to("/studio")
    await creator.page.get_by_label("Title").fill(title)
    await creator.button("Go live").click()
    await expect(creator.heading(title)).to_be_visible()
    await expect(creator.page.get_by_text("Gifts appear here")).to_be_visible()
    await creator.hears_the_room()

    await viewer.goes_to("/")
    await viewer.link(re.compile(title)).click()
    await expect(viewer.stage).to_be_visible()
    await expect(viewer.stage.get_by_text(title)).to_be_visible()
    await viewer.gifts.click()
    star = viewer.sheet.get_by_role("radio", name=re.compile("^Star"))
    await star.check(force=True)
    await viewer.sheet.get_by_role("button", name=re.compile("^Send star")).click()
    await viewer.sheet.get_by_role("button", name="Close").click()

    latest = creator.page.get_by_test_id("latest-gift")
    await expect(latest).to_contain_text(rich.account["name"])
    await expect(latest).to_contain_text("Star")
    earned = (await person.get("/v1/creators/me/earnings")).json()["pending"]
    flow = creator.page.get_by_role("region", name="Diamonds").get_by_role("listitem")
    await expect(flow.filter(has_text="Pending")).to_contain_text(f"{earned}")
    now = creator.page.get_by_role("region", name=title)
    await expect(fact(now, "Connection")).to_have_text("Steady")

    await creator.button("End live").click()
    await creator.button("Stay live").click()
    await expect(creator.heading(title)).to_be_visible()
    await creator.button("End live").click()
    await creator.button("End it for everyone").click()
    await expect(viewer.heading(f"{person.account['name']}'s live has ended")).to_be_visible()
    await expect(viewer.gifts).to_have_count(0)
    await viewer.link("See who else is live").click()
    await expect(viewer.heading("Live now")).to_be_visible()
    await expect(viewer.link(re.compile(title))).to_have_count(0)
    await expect(creator.page.get_by_label("Title")).to_be_visible()
