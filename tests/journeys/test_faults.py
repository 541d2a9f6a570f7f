"""The house loses its database, is killed in the middle of gifts, and is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.journeys.house import PATIENCE_SECONDS, House
from tests.journeys.people import Someone, fresh_key, room_of, sign_up

SENDERS = 8
ACKNOWLEDGED_MIN = 150


async def test_without_a_database_one_is_told_to_come_back_and_then_it_works_again(
    own_house: House,
) -> None:
    viewer, room = await _ready(own_house)
    before = await viewer.coins()
    key = fresh_key()

    os.kill(own_house.postmaster(), signal.SIGKILL)
    started = time.monotonic()
    answers = await asyncio.gather(
        viewer.send_gift("rose", room=room, key=key), viewer.get("/v1/wallet")
    )
    _told("answered %.2f s after the server was killed", time.monotonic() - started)
    for answer in answers:
        if not answer.is_success:
            _assert_come_back_later(answer)

    sent = await _until_served(viewer, room, key)
    _told("served again %.2f s after the server was killed", time.monotonic() - started)
    assert sent.status_code == 201
    assert await viewer.coins() == before - 1


async def test_a_database_that_hangs_is_not_waited_for(own_house: House) -> None:
    viewer, room = await _ready(own_house)
    before = await viewer.coins()
    key = fresh_key()

    with _frozen_database(own_house):
        started = time.monotonic()
        answers = await asyncio.gather(
            viewer.send_gift("rose", room=room, key=key),
            viewer.get("/v1/wallet"),
            own_house.http.get("/readyz"),
            viewer.post(f"/v1/rooms/{room}/messages", {"text": "anybody here?"}),
        )
        _told("all refused after %.2f s", time.monotonic() - started)
        for answer in answers:
            _assert_come_back_later(answer)
        assert (await own_house.http.get("/healthz")).status_code == 200

    sent = await _until_served(viewer, room, key)
    assert sent.status_code == 201
    assert await viewer.coins() == before - 1


async def test_killed_in_the_middle_of_gifts_it_loses_none_and_doubles_none(
    own_house: House,
) -> None:
    """Every answer that reached a sender stays true; every unknown one can be asked again."""
    viewer, room = await _ready(own_house, coins=2000)
    acknowledged: dict[str, str] = {}
    unknown: list[str] = []
    enough = asyncio.Event()

    async def keep_sending() -> None:
        while True:
            key = fresh_key()
            try:
                answer = await viewer.send_gift("rose", room=room, key=key)
            except httpx.TransportError:
                unknown.append(key)
                return
            assert answer.status_code == 201, answer.text
            acknowledged[key] = answer.json()["id"]
            if len(acknowledged) >= ACKNOWLEDGED_MIN:
                enough.set()

    senders = [asyncio.create_task(keep_sending()) for _ in range(SENDERS)]
    await enough.wait()
    assert await own_house.stop(signal.SIGKILL) == -signal.SIGKILL
    await asyncio.gather(*senders)
    started = time.monotonic()
    await own_house.start()
    _told("open %.2f s after it was killed", time.monotonic() - started)

    for key, gift in acknowledged.items():
        again = await viewer.send_gift("rose", room=room, key=key)
        assert (again.status_code, again.json()["id"]) == (201, gift)
        assert again.headers["Idempotent-Replay"] == "true"
    for key in unknown:
        assert (await viewer.send_gift("rose", room=room, key=key)).status_code == 201
    assert await viewer.coins() == 2000 - len(acknowledged) - len(unknown)
    in_books = await own_house.ask_database(
        "select count(*) from sent_gift where sender = (select no from person where handle = %s)",
        viewer.account["handle"],
    )
    assert in_books == [(len(acknowledged) + len(unknown),)]
    await _audit(own_house)


async def test_a_recharge_paid_while_the_house_was_dead_is_credited_when_it_is_back(
    own_house: House,
) -> None:
    viewer, _ = await _ready(own_house)
    before = await viewer.coins()
    order = await viewer.confirm(await viewer.review(coins=40))
    outside = await _provider_alone(own_house, order)
    assert outside == "paid"
    await viewer.order_becomes(order)
    assert await viewer.coins() == before + 40


async def test_ctrl_c_leaves_no_process_behind_and_the_next_start_serves(
    own_house: House,
) -> None:
    viewer, room = await _ready(own_house)
    before = await viewer.coins()
    assert own_house.pids()

    started = time.monotonic()
    assert await own_house.stop(signal.SIGINT) == 0
    _told("stopped in %.2f s", time.monotonic() - started)
    assert own_house.pids() == set()

    started = time.monotonic()
    await own_house.start()
    _told("second start serves after %.2f s", time.monotonic() - started)
    assert await viewer.coins() == before
    assert await room_of(own_house, "oto") == room
    assert (await viewer.send_gift("rose", room=room)).status_code == 201


def _told(sentence: str, seconds: float) -> None:
    """A measured time is told (`--log-cli-level=info` shows it), never asserted."""
    logging.getLogger("journeys").info(sentence, seconds)


async def _ready(house: House, *, coins: int = 40) -> tuple[Someone, str]:
    viewer = await sign_up(house)
    await viewer.recharge(coins=coins)
    return viewer, await room_of(house, "oto")


def _assert_come_back_later(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
    assert int(answer.headers["Retry-After"]) > 0


async def _until_served(viewer: Someone, room: str, key: str) -> httpx.Response:
    """Do what a good client does: wait as long as one is told, and send the same key again."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await viewer.send_gift("rose", room=room, key=key)
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(int(answer.headers["Retry-After"]))


@contextmanager
def _frozen_database(house: House) -> Iterator[None]:
    postmaster = house.postmaster()
    family = [postmaster, *_children(postmaster)]
    patience, house.http.timeout = house.http.timeout, httpx.Timeout(6)
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            os.kill(pid, signal.SIGCONT)
        house.http.timeout = patience


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(pid) for pid in text.split()]


async def _provider_alone(house: House, order: dict[str, str]) -> str:
    """Freeze the application, pay at the provider, and kill the application before it hears."""
    assert house.child is not None
    os.kill(house.child.pid, signal.SIGSTOP)
    async with httpx.AsyncClient(timeout=30) as outside:
        paid = await outside.post(order["checkout_url"], json={"card": "4242424242424242"})
    status = str(paid.json()["status"])
    await house.stop(signal.SIGKILL)
    await house.start()
    return status


async def _audit(house: House) -> None:
    audit = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "largesse",
        "audit",
        env={**os.environ, "LARGESSE_DATA_DIR": str(house.data_dir)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await audit.communicate()
    assert audit.returncode == 0, said.decode()
