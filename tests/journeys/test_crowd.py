"""The simulated crowd brings rooms to life through the front door, and goes home when told."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.journeys.house import PATIENCE_SECONDS, House
from tests.journeys.people import guest_socket, room_of


@asynccontextmanager
async def _crowd(
    house: House, memory: Path, *wishes: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    command = [sys.executable, "-m", "largesse.crowd", "--url", str(house.http.base_url), *wishes]
    with (memory / "crowd.log").open("ab") as log:
        child = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, "LARGESSE_DATA_DIR": str(memory)},
            stderr=log,
        )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _leaves(child: asyncio.subprocess.Process, how: signal.Signals) -> int:
    child.send_signal(how)
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await child.wait()


async def test_within_a_minute_there_are_people_who_talk_and_give(
    own_house: House, tmp_path: Path
) -> None:
    room = await room_of(own_house, "oto")
    wishes = ("--rooms", "1", "--viewers", "20", "--gifts-per-minute", "240")
    async with (
        _crowd(own_house, tmp_path, *wishes, "--lines-per-minute", "60", "--seed", "5") as child,
        guest_socket(own_house) as watching,
    ):
        rooms = (await own_house.http.get("/v1/rooms")).json()["data"]
        first = min(rooms, key=lambda one: str(one["started_at"]))
        assert first["id"] == room
        await watching.subscribe(room)
        wanted = {"presence", "joined", "chat", "gift"}
        await watching.hear_until(
            lambda: wanted <= {one["type"] for one in watching.events}, seconds=PATIENCE_SECONDS
        )
        assert watching.state is not None
        assert watching.state.coins > 0
        assert await _leaves(child, signal.SIGTERM) == 0
    kept = tmp_path / "crowd.json"
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_the_crowd_comes_back_after_the_house_was_away(
    own_house: House, tmp_path: Path, how: signal.Signals
) -> None:
    async with _crowd(own_house, tmp_path, "--viewers", "9", "--seed", "6") as child:
        await _someone_watches(own_house)
        await own_house.stop(how)
        await own_house.start()
        await _someone_watches(own_house)
        assert child.returncode is None
        assert await _leaves(child, signal.SIGINT) == 0


async def _someone_watches(house: House) -> None:
    for _ in range(PATIENCE_SECONDS * 5):
        rooms = (await house.http.get("/v1/rooms")).json()["data"]
        if any(room["viewers"] for room in rooms):
            return
        await asyncio.sleep(0.2)
    raise AssertionError("Nobody came.")
