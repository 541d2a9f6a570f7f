"""The network goes away in the middle of a live, and comes back."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.e2e.conftest import Arrive
from tests.e2e.line import Line
from tests.journeys.house import House
from tests.journeys.people import Someone, fresh_key, sign_up

TOLD_WITHIN_MS = 2000
AWAY_FROM_THE_NETWORK = re.compile("net::ERR_|WebSocket connection")
# When the page last heard anything over a socket, by its own clock.
NOTE_WORDS_HEARD = """
globalThis.WebSocket = class extends WebSocket {
  constructor(...about) {
    super(...about);
    this.addEventListener("message", () => (globalThis.heardAt = Date.now()));
  }
};
"""
# When the person was last told that it is gone.
NOTE_WORD_SHOWN = """() => new MutationObserver(() => {
  const isShown = document.querySelector("[role=status]").textContent.includes("Reconnecting");
  globalThis.shownAt = isShown ? (globalThis.shownAt ?? Date.now()) : undefined;
}).observe(document, { subtree: true, childList: true, characterData: true })"""


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


async def test_a_line_that_goes_silent_without_closing_is_told_within_two_seconds_and_replaced(
    arrive: Arrive, house: House, rich: Someone, room: str
) -> None:
    line = Line()
    watcher = await arrive(await sign_up(house), device="phone", line=line)
    await watcher.page.clock.install()
    await watcher.context.add_init_script(NOTE_WORDS_HEARD)
    await watcher.enters(room)
    away = watcher.page.get_by_role("status").filter(has_text="Reconnecting")
    field = watcher.page.get_by_role("textbox", name="Message")
    await field.fill("did you see that")
    await expect(away).to_have_count(0)

    # From here on the page's clock is turned by hand: a busy machine makes no second longer.
    now = await watcher.page.evaluate("Date.now()")
    await watcher.page.clock.pause_at(now / 1000 + 10)
    await rich.post(f"/v1/rooms/{room}/messages", {"text": f"in time {rich.id}"})
    await expect(watcher.chat.get_by_text(f"in time {rich.id}")).to_have_count(1)
    await watcher.page.evaluate(NOTE_WORD_SHOWN)
    line.goes_silent()
    said = await rich.post(f"/v1/rooms/{room}/messages", {"text": f"in silence {rich.id}"})
    assert said.status_code == 201, said.text
    await watcher.page.clock.run_for(3500)
    await expect(away).to_have_count(1)
    assert await watcher.page.evaluate("shownAt - heardAt") <= TOLD_WITHIN_MS
    assert line.swallowed_bytes > 0

    line.comes_back()
    await watcher.page.clock.resume()
    await expect(away).to_have_count(0)
    await expect(watcher.chat.get_by_text(f"in time {rich.id}")).to_have_count(1)
    await expect(watcher.chat.get_by_text(f"in silence {rich.id}")).to_have_count(1)
    await expect(field).to_have_value("did you see that")
    await field.press("Enter")
    await expect(watcher.chat.get_by_text("did you see that")).to_have_count(1)
    await expect(field).to_have_value("")
