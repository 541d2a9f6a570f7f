"""Who may not give, or not yet, is told so and is never stuck."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.journeys.house import House
from tests.journeys.people import sign_up


async def test_a_guest_who_wants_to_give_signs_in_and_is_back_in_the_room(
    arrive: Arrive, house: House, room: str
) -> None:
    password = "four quiet lanterns drifting"
    person = await sign_up(house, password=password)
    guest = await arrive(device="phone")
    await guest.enters(room)
    await expect(guest.link("Sign in to chat and give")).to_be_visible()
    await guest.gifts.click()
    await expect(guest.heading("Welcome back")).to_be_visible()
    await guest.page.get_by_label("Handle or e-mail").fill(person.account["handle"])
    await guest.page.get_by_label("Password").fill("not quite that")
    await guest.button("Sign in").click()
    await expect(guest.page.get_by_role("alert")).to_contain_text("do not match")
    await guest.page.get_by_label("Password").fill(password)
    await guest.button("Sign in").click()
    await expect(guest.stage).to_be_visible()
    assert guest.page.url.endswith(f"/rooms/{room}")
    await guest.gifts.click()
    await expect(guest.sheet).to_be_visible()


async def test_a_minor_may_watch_and_chat_and_is_kindly_kept_from_coins(
    arrive: Arrive, house: House, room: str
) -> None:
    young = await sign_up(house, birth_date="2012-05-05")
    visitor = await arrive(young, device="phone")
    visitor.may_say = re.compile("status of 403")
    await visitor.goes_to("/recharge")
    await visitor.button("Review").click()
    await expect(visitor.heading("Coins are for adults")).to_be_visible()
    await visitor.enters(room)
    field = visitor.page.get_by_role("textbox", name="Message")
    await field.fill("good evening from the back row")
    await field.press("Enter")
    await expect(visitor.chat.get_by_text("good evening from the back row")).to_have_count(1)
    await visitor.gifts.click()
    await visitor.sheet.get_by_role("button", name=re.compile("^Send ")).click()
    await expect(visitor.sheet).to_contain_text("Coins are for adults.")
    assert await young.entries() == []
