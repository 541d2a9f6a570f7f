"""One whole house, one Chromium, and as many people with a browser as a story needs."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.e2e.line import Line
from tests.e2e.visitor import Device, Visitor, visiting
from tests.journeys.house import House
from tests.journeys.people import Someone, room_of, sign_in, sign_up

# Pictures are made when somebody asks for them, not with every run of the tests.
collect_ignore = [] if os.environ.get("LARGESSE_SCREENSHOTS") else ["test_screenshots.py"]

QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--no-first-run",
)


class Arrive(Protocol):
    """Somebody opens a browser, signed in when `who` says as whom."""

    async def __call__(
        self,
        who: Someone | None = None,
        *,
        device: Device = ...,
        theme: str = ...,
        still: bool = ...,
        line: Line | None = ...,
    ) -> Visitor: ...


def _place() -> Iterator[Path]:
    # Under /tmp and open to pass through, so that the database's account reaches it from root.
    folder = Path(tempfile.mkdtemp(prefix="largesse-e2e-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


shared_place = pytest.fixture(scope="session", name="shared_place")(_place)
own_place = pytest.fixture(scope="module", name="own_place")(_place)


async def _open(place: Path) -> AsyncIterator[House]:
    opened = House(place)
    try:
        await opened.start()
        yield opened
    finally:
        await opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(shared_place: Path) -> AsyncIterator[House]:
    """The running house that all these stories share."""
    async for opened in _open(shared_place):
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_house(own_place: Path) -> AsyncIterator[House]:
    """A house that one module may hurt."""
    async for opened in _open(own_place):
        yield opened


def chromium_path() -> str:
    """The browser that LARGESSE_CHROMIUM names, or the machine's."""
    named = os.environ.get("LARGESSE_CHROMIUM")
    known = ("chromium", "chromium-browser", "google-chrome")
    found = named or next(filter(None, map(shutil.which, known)), None)
    if found is None:
        pytest.fail("The browser tests need Chromium: install it, or set LARGESSE_CHROMIUM to one.")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(house: House, chromium: Browser) -> AsyncIterator[Arrive]:
    """Opens browsers; whoever came must leave without a complaint in the console."""
    async with AsyncExitStack() as everybody:

        async def come(
            who: Someone | None = None,
            *,
            device: Device = "desktop",
            theme: str = "dark",
            still: bool = False,
            line: Line | None = None,
        ) -> Visitor:
            if line is not None:
                await everybody.enter_async_context(line.laid())
            visit = visiting(house, chromium, device=device, theme=theme, still=still, line=line)
            visitor = await everybody.enter_async_context(visit)
            if who is not None:
                await visitor.is_known_as(who)
            return visitor

        yield come


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def oto(house: House) -> Someone:
    """The creator whose room everybody visits."""
    return await sign_in(house, "oto")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def room(house: House) -> str:
    """Oto's live room."""
    return await room_of(house, "oto")


@pytest_asyncio.fixture(loop_scope="session")
async def rich(house: House) -> Someone:
    """A new viewer who has recharged 350 coins."""
    someone = await sign_up(house)
    await someone.recharge(coins=350)
    return someone
