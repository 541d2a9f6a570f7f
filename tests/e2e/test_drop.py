"""The network goes away in the middle of a live, and comes back."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.journeys.house import House
from tests.journeys.people import Someone, fresh_key, sign_up

AWAY_FROM_THE_NETWORK = re.compile("net::ERR_|WebSocket connection")


async def test_a_drop_loses_no_typed_word_and_afterwards_nothing_is_missing_or_double(
    arrive: Arrive, house: House, rich: Someone, room: str
) -> None:
    watcher = await arrive(await sign_up(house), device="phone")
    watcher.may_say = AWAY_FROM_THE_NETWORK
    await watcher.enters(room)
    away = watcher.page.get_by_role("status").filter(has_text="Reconnecting")
    await rich.post(f"/v1/rooms/{room}/messages", {"text": f"before {rich.id}"})
    await expect(watcher.chat.get_by_text(f"before {rich.id}")).to_have_count(1)
    await expect(away).to_have_count(0)
    field = watcher.page.get_by_role("textbox", name="Message")
    await field.fill("this song again, please")

    await watcher.context.set_offline(True)
    await expect(away).to_be_visible()
    for word in ("during one", "during two"):
        said = await rich.post(f"/v1/rooms/{room}/messages", {"text": f"{word} {rich.id}"})
        assert said.status_code == 201, said.text
    sent = await rich.send_gift("doughnut", room=room, count=2, key=fresh_key())
    assert sent.status_code == 201, sent.text
    await expect(field).to_have_value("this song again, please")

    await watcher.context.set_offline(False)
    await expect(away).to_have_count(0)
    for word in ("before", "during one", "during two"):
        await expect(watcher.chat.get_by_text(f"{word} {rich.id}")).to_have_count(1)
    gave = watcher.chat.get_by_text(f"{rich.account['name']} sent Doughnut ×2")
    await expect(gave).to_have_count(1)
    told = (await rich.get(f"/v1/rooms/{room}")).json()["coins"]
    await expect(watcher.page.get_by_text(re.compile(rf"^{told:,}"))).to_be_visible()

    await expect(field).to_have_value("this song again, please")
    await field.press("Enter")
    await expect(watcher.chat.get_by_text("this song again, please")).to_have_count(1)
    await expect(field).to_have_value("")


async def test_a_word_that_could_not_be_sent_stays_in_the_field_even_over_a_reload(
    arrive: Arrive, house: House, room: str
) -> None:
    talker = await arrive(await sign_up(house))
    talker.may_say = AWAY_FROM_THE_NETWORK
    await talker.enters(room)
    field = talker.page.get_by_role("textbox", name="Message")
    await talker.context.set_offline(True)
    await field.fill("hello from the tunnel")
    await field.press("Enter")
    await expect(talker.page.get_by_role("list", name="Notices")).to_contain_text(
        "Your text is kept."
    )
    await expect(field).to_have_value("hello from the tunnel")
    await talker.context.set_offline(False)
    await talker.page.reload()
    await expect(field).to_have_value("hello from the tunnel")
