"""A second factor: set up with a phone's app, asked for at the door, and taken off again."""

from __future__ import annotations

import re

import pyotp
from playwright.async_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import Arrive
from tests.e2e.visitor import Visitor
from tests.journeys.house import House
from tests.journeys.people import sign_in, sign_up

PASSWORD = "four quiet lanterns drifting"


async def sets_up(visitor: Visitor, *, looks_at: bool = False) -> list[str]:
    """From the security page to a second factor that is on; the recovery codes."""
    page = visitor.page
    await visitor.button("Set up").click()
    await page.get_by_label("Password").fill(PASSWORD)
    await visitor.button("Go on").click()
    await expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    if looks_at:
        assert not await violations(visitor, "second factor, setting up")
    secret = (await page.locator("code").inner_text()).replace(" ", "")
    await page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    await visitor.button("Turn it on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    await expect(codes).to_have_count(10)
    if looks_at:
        assert not await violations(visitor, "recovery codes")
    shown = await codes.all_inner_texts()
    await visitor.button("I have kept them").click()
    return shown


async def test_who_has_a_second_factor_signs_in_with_a_code_and_can_turn_it_off(
    arrive: Arrive, house: House
) -> None:
    person = await sign_up(house, password=PASSWORD)
    visitor = await arrive(person, device="phone", still=True)
    visitor.may_say = re.compile("status of 403")
    page = visitor.page
    await visitor.goes_to("/me")
    await visitor.link("Security").click()
    codes = await sets_up(visitor, looks_at=True)
    await expect(page.get_by_text("10 recovery codes left")).to_be_visible()
    assert not await violations(visitor, "security")

    await visitor.goes_to("/me")
    await visitor.button("Sign out").click()
    await visitor.goes_to("/sign-in?back=/me/security")
    await page.get_by_label("Handle or e-mail").fill(person.account["handle"])
    await page.get_by_label("Password").fill(PASSWORD)
    await visitor.button("Sign in").click()
    await expect(visitor.heading("One more step")).to_be_visible()
    field = page.get_by_role("textbox", name="Code")
    await expect(field).to_be_focused()
    assert not await violations(visitor, "sign-in asks for a code")
    await field.fill("000000")
    await visitor.button("Sign in").click()
    await expect(page.get_by_text("This code is not right")).to_be_visible()
    await field.fill(codes[0])
    await visitor.button("Sign in").click()

    await expect(page.get_by_text("9 recovery codes left")).to_be_visible()
    await visitor.button("Turn off").click()
    await visitor.sheet.get_by_label("Password").fill(PASSWORD)
    await visitor.sheet.get_by_label("Code").fill(codes[1])
    assert not await violations(visitor, "turning the second factor off")
    await visitor.sheet.get_by_role("button", name="Turn off").click()
    await expect(visitor.button("Set up")).to_be_visible()
    signed_in = await sign_in(house, person.account["handle"], PASSWORD)
    factors = (await signed_in.get("/v1/me/factors")).json()
    assert factors["data"] == []
