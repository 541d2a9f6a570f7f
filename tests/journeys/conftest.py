"""One whole house for the journeys, and others for those that break theirs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys.house import House
from tests.journeys.people import Someone, room_of, sign_in, sign_up


def _place() -> Iterator[Path]:
    # Under /tmp and open to pass through, so that the database's account reaches it from root.
    folder = Path(tempfile.mkdtemp(prefix="largesse-journey-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def shared_place() -> Iterator[Path]:
    yield from _place()


@pytest.fixture(scope="module")
def own_place() -> Iterator[Path]:
    yield from _place()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(shared_place: Path) -> AsyncIterator[House]:
    """A house that all gentle journeys share."""
    opened = House(shared_place)
    try:
        await opened.start()
        yield opened
    finally:
        await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_house(own_place: Path) -> AsyncIterator[House]:
    """A house that a module may hurt."""
    opened = House(own_place)
    try:
        await opened.start()
        yield opened
    finally:
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def mira(house: House) -> Someone:
    """A new viewer with an empty purse."""
    return await sign_up(house)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def oto(house: House) -> Someone:
    """The creator whose room everybody visits."""
    return await sign_in(house, "oto")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def room(house: House) -> str:
    """Oto's live room."""
    return await room_of(house, "oto")
