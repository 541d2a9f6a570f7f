"""A flood of gifts of all tiers on the stage of a room, and the frames a viewer gets of it.

The real application serves, the gifts are durable, the page is the built one in
Chromium. Each device is filmed as the machine is and with the page's own thread
four times slower (CDP `Emulation.setCPUThrottlingRate`). Without a GPU Chromium
paints in software on the same cores that run the house and the flood, so the
unthrottled figures are what this machine can give at all.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from bench.fanout.__main__ import Sender
from bench.house import House, load
from bench.machine import machine

SECONDS = int(os.environ.get("BENCH_SECONDS", "20"))
# Until a page that cannot keep up has noticed it and gone over to the calmer stage.
WARM_SECONDS = 10
SLOWER = 4
PEOPLE = 12
COINS = 100_000_000
# A second of the flood: what many rooms see in their best minute, every second.
ICONS_PER_SECOND = 6
ANIMATED_PER_SECOND = 4
SHOWPIECES_PER_SECOND = 1
LINES_PER_SECOND = 4
ICONS = ("rose", "heart", "clap", "coffee", "ice-cream", "star", "doughnut", "balloon")
ANIMATED = ("golden-microphone", "magic-wand", "rocket", "crown", "lion")
SHOWPIECES = ("castle", "galaxy", "phoenix", "aurora")

ROOT = Path(__file__).parents[2]
FILM = (Path(__file__).parent / "film.js").read_text()
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--no-first-run")
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
    "desktop": {"viewport": {"width": 1440, "height": 900}},
}


@dataclass(frozen=True, slots=True)
class Film:
    """What a viewer saw."""

    fps_median: float
    fps_mean: float
    fps_worst_second: int
    over_20_ms_percent: float
    longest_ms: float
    queue_max: int


def developed(frames: list[float], queue: int) -> Film:
    """Moments of frames, in milliseconds, as figures."""
    gaps = sorted(after - before for before, after in itertools.pairwise(frames))
    begun, seconds = frames[0], (frames[-1] - frames[0]) / 1000
    in_second = [0] * int(seconds)
    for at in frames:
        second = int((at - begun) / 1000)
        if second < len(in_second):
            in_second[second] += 1
    return Film(
        fps_median=round(1000 / gaps[len(gaps) // 2], 1),
        fps_mean=round(len(gaps) / seconds, 1),
        fps_worst_second=min(in_second),
        over_20_ms_percent=round(100 * sum(gap > 20 for gap in gaps) / len(gaps), 1),
        longest_ms=round(gaps[-1]),
        queue_max=queue,
    )


class Crowd:
    """People who give and talk without rest."""

    def __init__(self, senders: list[Sender]) -> None:
        self._senders = itertools.cycle(senders)
        self._numbers = itertools.count()
        self._icons, self._animated, self._showpieces = map(
            itertools.cycle, (ICONS, ANIMATED, SHOWPIECES)
        )

    async def flood(self) -> None:
        """One second's gifts and lines, evenly spread, again and again."""
        kinds: list[itertools.cycle[str] | None] = [
            *(self._icons for _ in range(ICONS_PER_SECOND)),
            *(self._animated for _ in range(ANIMATED_PER_SECOND)),
            *(self._showpieces for _ in range(SHOWPIECES_PER_SECOND)),
            *(None for _ in range(LINES_PER_SECOND)),
        ]
        # An odd step that shares no factor with the length mixes the kinds.
        order = [kinds[turn * 7 % len(kinds)] for turn in range(len(kinds))]
        for gifts in itertools.cycle(order):
            await self._one(None if gifts is None else next(gifts))
            await asyncio.sleep(1 / len(order))

    async def _one(self, gift: str | None) -> None:
        sender, number = next(self._senders), next(self._numbers)
        if gift is None:
            await sender.call("chat.send", text=f"number {number}, and what an evening it is")
        else:
            await sender.call("gift.send", gift=gift, count=1, idempotency_key=f"stage-{number}")


async def filmed(browser: Browser, address: str, device: str, slower: int) -> Film:
    """Open the room on a device and film it in the middle of the flood."""
    context = await browser.new_context(**DEVICES[device], color_scheme="dark")
    page = await context.new_page()
    await page.goto(address)
    await page.get_by_test_id("crossing-gift").first.wait_for()
    if slower > 1:
        tools = await context.new_cdp_session(page)
        await tools.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    await asyncio.sleep(WARM_SECONDS)
    film = await _watch(page, SECONDS)
    await context.close()
    return film


async def _watch(page: Page, seconds: float) -> Film:
    await page.evaluate(FILM)
    await asyncio.sleep(seconds)
    seen: dict[str, Any] = await page.evaluate("film")
    return developed(seen["frames"], seen["queue"])


async def measure(house: House, chromium: str) -> tuple[dict[str, Film], dict[int, int]]:
    """All films of one evening, and how the gifts and lines were answered."""
    await house.ready()
    creator = await house.person("oto")
    room = await house.room(creator)
    people = [await house.person(f"fan{number:02d}") for number in range(PEOPLE)]
    await house.give_coins(people, COINS)
    url, _ = await house.guest()
    senders = [Sender(someone, room) for someone in people]
    for sender in senders:
        await sender.connect(url)
    films: dict[str, Film] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        empty = await browser.new_page()
        films["empty page"] = await _watch(empty, 3)
        await empty.close()
        flooding = asyncio.create_task(Crowd(senders).flood())
        for device, slower in itertools.product(DEVICES, (1, SLOWER)):
            name = device if slower == 1 else f"{device}, {slower}x slower"
            address = f"http://127.0.0.1:{house.port}/rooms/{room}"
            films[name] = await filmed(browser, address, device, slower)
        flooding.cancel()
        await browser.close()
    statuses: dict[int, int] = {}
    for sender in senders:
        await sender.close()
        for status, count in sender.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    return films, statuses


def figures_of(films: dict[str, Film]) -> dict[str, float]:
    """What a run says, in plain numbers."""
    figures: dict[str, float] = {}
    for name, film in films.items():
        short = name.replace(", ", "_").replace(" slower", "").replace(" ", "_")
        figures |= {f"{short}_{what}": figure for what, figure in asdict(film).items()}
    return figures


def run() -> dict[str, float]:
    """One run on a fresh house."""
    chromium = subprocess.check_output(ROOT / "scripts" / "chromium.sh", text=True).strip()
    house = House("stage")

    async def whole() -> tuple[dict[str, Film], dict[int, int]]:
        try:
            return await measure(house, chromium)
        finally:
            await house.close()

    films, statuses = asyncio.run(whole())
    print(f"  {'':20}" + "".join(f"{name:>20}" for name in films))
    for what in Film.__dataclass_fields__:
        print(f"  {what:20}" + "".join(f"{getattr(film, what):>20}" for film in films.values()))
    print(f"  answers: {statuses}")
    return figures_of(films)


def main() -> None:
    print(machine())
    gifts = ICONS_PER_SECOND + ANIMATED_PER_SECOND + SHOWPIECES_PER_SECOND
    print(f"{gifts} gifts/s of all tiers, {LINES_PER_SECOND} lines/s, {SECONDS} s each, {load()}")
    figures = run()
    print(load())
    print("BENCH " + json.dumps({"name": "stage", "figures": figures}))


if __name__ == "__main__":
    main()
