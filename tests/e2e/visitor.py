"""One person's browser: what they do again and again, and what their console must not say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    WebSocket,
    expect,
)

from tests.e2e.line import Line
from tests.journeys.house import House
from tests.journeys.people import Someone

Device = Literal["phone", "desktop"]

DEVICES: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
    },
    "desktop": {"viewport": {"width": 1440, "height": 900}},
}
# Nobody is signed in, a purse is too small, or a card is refused: the story goes on.
EXPECTED_STATUSES = frozenset({401, 402})
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
# Who leaves a page early leaves its socket early.
LEFT_EARLY = "WebSocket is closed before the connection is established"
PATIENCE_MS = 15_000

expect.set_options(timeout=PATIENCE_MS)

# Sums what moved without the person having done anything, as the layout shift score does.
WATCH_SHIFTS = """
globalThis.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
DRAWN = """async () => {
  await document.fonts.ready;
  const pictures = [...document.images].filter((one) => one.loading !== "lazy");
  await Promise.all(pictures.map((one) => one.decode().catch(() => undefined)));
}"""
# The page hears of the new theme with its next frame, and its colours follow in another.
TURNED = """async (theme) => {
  const drawn = () => new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)));
  const shows = () => document.documentElement.dataset.theme ?? theme;
  while (!matchMedia(`(prefers-color-scheme: ${theme})`).matches || shows() !== theme) await drawn();
  await drawn();
}"""
SETTLED = """() => Promise.all(
  document.getAnimations()
    .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))
    .map((one) => one.finished.catch(() => undefined)),
)"""


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, house: House, context: BrowserContext, page: Page) -> None:
        self.house = house
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        # A story that cuts the network off says so here.
        self.may_say: re.Pattern[str] | None = None
        self._is_listening = asyncio.Event()
        page.set_default_timeout(PATIENCE_MS)
        page.on("websocket", self._listen)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        refused = REFUSED.match(message.text)
        if refused and int(refused[1]) in EXPECTED_STATUSES:
            return
        if LEFT_EARLY in message.text:
            return
        if self.may_say and self.may_say.search(message.text):
            return
        self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _listen(self, socket: WebSocket) -> None:
        """The room socket is opened by the page; its subscription is what counts."""
        socket.on("framereceived", self._read)

    def _read(self, frame: str | bytes) -> None:
        if '"subscribe":' in (frame if isinstance(frame, str) else frame.decode()):
            self._is_listening.set()

    @property
    def address(self) -> str:
        """The house's front door."""
        return f"http://127.0.0.1:{self.house.port}"

    async def goes_to(self, path: str) -> None:
        """Type an address of the house."""
        self._is_listening.clear()
        await self.page.goto(self.address + path)

    async def hears_the_room(self) -> None:
        """Wait until whatever happens in the room from now on reaches this page."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            await self._is_listening.wait()

    async def is_known_as(self, who: Someone) -> None:
        """Wear somebody's session, as a browser that signed in before does."""
        await self.context.add_cookies(
            [{"name": "largesse", "value": who.token, "url": self.address, "httpOnly": True}]
        )

    async def enters(self, room: str) -> None:
        """Open a room and wait until its stage is there and its news arrive."""
        await self.goes_to(f"/rooms/{room}")
        await expect(self.stage).to_be_visible()
        await self.hears_the_room()

    # What they see and press

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name)

    def link(self, name: str | re.Pattern[str]) -> Locator:
        """A link by its name."""
        return self.page.get_by_role("link", name=name)

    def heading(self, name: str | re.Pattern[str]) -> Locator:
        """A heading by its words."""
        return self.page.get_by_role("heading", name=name)

    @property
    def gifts(self) -> Locator:
        """What opens the gift sheet: the round button on a phone, the strip's end on a desk."""
        return self.button(re.compile("^(Send a gift|All gifts)$"))

    @property
    def stage(self) -> Locator:
        """The stage of the room they are in."""
        return self.page.get_by_role("region", name=re.compile("stage"))

    @property
    def chat(self) -> Locator:
        """What is said and given in the room."""
        return self.page.get_by_role("log", name="Chat")

    @property
    def streaks(self) -> Locator:
        """The cards of running gift streaks."""
        return self.page.get_by_role("list", name="Gift streaks").get_by_role("listitem")

    @property
    def sheet(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")

    async def pays_by_card(self, number: str) -> None:
        """Fill in the provider's form and press its one button."""
        await self.page.get_by_label("Card number").fill(number)
        await self.page.get_by_label("Expiry (MM/YY)").fill("04/30")
        await self.page.get_by_label("Security code").fill("123")
        await self.button(re.compile("^Pay ")).click()

    async def is_drawn(self) -> None:
        """Wait until every letter and every picture in sight is in its place."""
        await self.page.evaluate(DRAWN)

    async def turns(self, theme: str) -> None:
        """The evening comes, or the morning: wait until every colour has followed."""
        await self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        await self.page.evaluate(TURNED, theme)

    async def is_settled(self) -> None:
        """Wait until everything that moves for a moment has arrived."""
        await self.page.evaluate(SETTLED)

    async def shifts(self) -> float:
        """How much moved under the person's eyes since the page was opened."""
        moved: float = await self.page.evaluate("globalThis.shifted")
        return moved


def fact(place: Locator, term: str) -> Locator:
    """What a list of facts says about a term."""
    exactly = place.page.get_by_text(term, exact=True)
    return place.locator("dl > div").filter(has=exactly).get_by_role("definition")


@asynccontextmanager
async def visiting(
    house: House,
    chromium: Browser,
    *,
    device: Device,
    theme: str = "dark",
    still: bool = False,
    sharpness: float = 1,
    line: Line | None = None,
) -> AsyncIterator[Visitor]:
    """A fresh browser for one person; ends with a check of everything its console said."""
    context = await chromium.new_context(
        **DEVICES[device],
        device_scale_factor=sharpness,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce" if still else "no-preference",
        locale="en-US",
        proxy=None if line is None else {"server": line.proxy},
    )
    await context.add_init_script(WATCH_SHIFTS)
    visitor = Visitor(house, context, await context.new_page())
    try:
        yield visitor
    finally:
        try:
            await context.close()
        except Error as error:
            visitor.complaints.append(str(error))
    assert not visitor.complaints, "\n".join(visitor.complaints)
