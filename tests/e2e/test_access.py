"""Every screen, in both themes, on 360 px and on 1,440 px: axe finds nothing, nothing jumps."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.axe import violations
from tests.e2e.conftest import Arrive
from tests.e2e.visitor import Device, Visitor
from tests.journeys.house import House
from tests.journeys.people import GOOD_CARD, Someone, fresh_key, sign_up

ASKS_THE_BANK = "4000 0025 0000 3155"
SHIFT_MAX = 0.05


class Walk:
    """A person who goes from screen to screen and writes down what axe finds on each."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.found: list[str] = []

    async def looks_at(self, screen: str) -> None:
        self.found += await violations(self.visitor, screen)

    def ends(self) -> None:
        assert not self.found, "\n".join(self.found)


async def test_what_a_guest_sees_is_open_to_everybody(arrive: Arrive, room: str) -> None:
    visitor = await arrive(still=True)
    walk = Walk(visitor)
    await visitor.goes_to("/")
    await expect(visitor.link(re.compile("Oto")).first).to_be_visible()
    await walk.looks_at("feed")
    for path, heading in (("/sign-in", "Welcome back"), ("/sign-up", "Sign up")):
        await visitor.goes_to(path)
        await expect(visitor.heading(heading)).to_be_visible()
        await walk.looks_at(path)
    await visitor.goes_to("/sign-in")
    await visitor.page.get_by_label("Handle or e-mail").fill("nobody.here")
    await visitor.page.get_by_label("Password").fill("not the password")
    await visitor.button("Sign in").click()
    await expect(visitor.page.get_by_role("alert")).to_be_visible()
    await walk.looks_at("sign-in refused")
    await visitor.enters(room)
    await walk.looks_at("room of a guest")
    visitor.may_say = re.compile("404")
    await visitor.goes_to("/rooms/rom_00000000000000000000000000")
    await expect(visitor.heading("This room does not exist")).to_be_visible()
    await walk.looks_at("missing room")
    await visitor.goes_to("/nowhere")
    await expect(visitor.heading("There is nothing here")).to_be_visible()
    await walk.looks_at("missing page")
    walk.ends()


async def test_the_way_of_the_money_is_open_to_everybody(arrive: Arrive, rich: Someone) -> None:
    visitor = await arrive(rich, still=True)
    page, walk = visitor.page, Walk(visitor)
    await visitor.goes_to("/recharge")
    await expect(visitor.button("Review")).to_be_visible()
    await walk.looks_at("packs")
    await visitor.button("Review").click()
    await expect(page.get_by_role("region", name="Your order")).to_be_visible()
    await walk.looks_at("review")
    await visitor.button(re.compile(r"^Pay \$")).click()
    await expect(visitor.heading("You pay")).to_be_visible()
    await walk.looks_at("provider's page")
    await visitor.pays_by_card("4000 0000 0000 0002")
    await expect(page.get_by_role("alert")).to_be_visible()
    await walk.looks_at("provider's page after a decline")
    await visitor.pays_by_card(ASKS_THE_BANK)
    await expect(visitor.button("Complete")).to_be_visible()
    await walk.looks_at("bank's page")
    await visitor.button("Fail").click()
    await visitor.link("Back without paying").click()
    await expect(visitor.heading("The payment was declined")).to_be_visible()
    await walk.looks_at("declined")
    await visitor.link("Try another card").click()
    await visitor.pays_by_card(GOOD_CARD)
    await expect(visitor.heading("Your coins are here")).to_be_visible()
    await walk.looks_at("credited")
    await visitor.goes_to("/wallet")
    await expect(visitor.link(re.compile("Recharge.*350")).first).to_be_visible()
    await walk.looks_at("wallet")
    await visitor.link(re.compile("Recharge.*350")).first.click()
    await expect(page.get_by_text("Balance after")).to_be_visible()
    await walk.looks_at("entry")
    await visitor.goes_to("/me")
    await expect(visitor.button("Sign out")).to_be_visible()
    await walk.looks_at("me")
    walk.ends()


async def test_a_room_with_its_sheets_is_open_to_everybody(
    arrive: Arrive, house: House, rich: Someone, room: str
) -> None:
    visitor = await arrive(rich, still=True)
    walk = Walk(visitor)
    friend = await sign_up(house)
    await friend.recharge(coins=350)
    await friend.post(f"/v1/rooms/{room}/messages", {"text": "what a voice tonight"})
    await friend.send_gift("rose", room=room, count=3, key=fresh_key())
    await visitor.enters(room)
    await expect(visitor.chat).to_contain_text("what a voice tonight")
    await walk.looks_at("room")
    await visitor.gifts.click()
    await expect(visitor.sheet.get_by_role("radio", name=re.compile("^Rose"))).to_be_attached()
    await walk.looks_at("gift sheet")
    await visitor.sheet.get_by_role("button", name=re.compile("^Send ")).click()
    receipt = visitor.sheet.get_by_test_id("gift-receipt")
    await receipt.get_by_role("button", name="Who gets what").click()
    await expect(receipt).to_contain_text("Payment fees")
    await walk.looks_at("gift sheet with a receipt")
    await visitor.sheet.get_by_role("button", name="Recharge").click()
    await expect(visitor.sheet.get_by_role("button", name="Review")).to_be_visible()
    await walk.looks_at("recharge sheet")
    walk.ends()


async def test_the_studio_is_open_to_everybody(arrive: Arrive, house: House, rich: Someone) -> None:
    creator = await sign_up(house)
    visitor = await arrive(creator, still=True)
    walk = Walk(visitor)
    await visitor.goes_to("/studio")
    title = visitor.page.get_by_label("Title")
    await expect(title).to_be_visible()
    await walk.looks_at("studio before a live")
    await title.fill("A quiet hour")
    await visitor.button("Go live").click()
    await expect(visitor.heading("A quiet hour")).to_be_visible()
    await visitor.hears_the_room()
    opened = (await creator.get("/v1/rooms", limit=100)).json()["data"]
    room = next(one["id"] for one in opened if one["creator"]["id"] == creator.id)
    await rich.send_gift("golden-microphone", room=room, key=fresh_key())
    incoming = visitor.page.get_by_test_id("incoming-gift")
    await incoming.get_by_text(rich.account["name"]).click()
    await expect(incoming).to_contain_text("Payment fees")
    await walk.looks_at("studio while live")
    await visitor.button("On air").click()
    await expect(visitor.button("On air")).to_have_attribute("aria-pressed", "true")
    await walk.looks_at("on air in large type")
    await visitor.button("On air").click()
    await expect(visitor.button("On air")).to_have_attribute("aria-pressed", "false")
    await visitor.button("End live").click()
    await expect(visitor.button("End it for everyone")).to_be_visible()
    await walk.looks_at("studio before the end")
    await visitor.button("End it for everyone").click()
    await expect(title).to_be_visible()
    walk.ends()


@pytest.mark.parametrize("device", ["phone", "desktop"])
async def test_nothing_jumps_while_the_feed_and_a_room_open(
    arrive: Arrive, rich: Someone, room: str, device: Device
) -> None:
    visitor = await arrive(rich, device=device)
    await visitor.goes_to("/")
    await expect(visitor.link(re.compile("Oto")).first).to_be_visible()
    await visitor.is_drawn()
    assert await visitor.shifts() < SHIFT_MAX
    await visitor.enters(room)
    await rich.post(f"/v1/rooms/{room}/messages", {"text": f"hello from {device}"})
    await expect(visitor.chat).to_contain_text(f"hello from {device}")
    await visitor.is_drawn()
    assert await visitor.shifts() < SHIFT_MAX
