"""An evening with life in it, lived by people over the public interface, to be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.journeys.house import House
from tests.journeys.people import (
    Someone,
    fresh_key,
    guest_socket,
    room_of,
    sign_in,
    sign_up,
)

FRIENDS = {
    "noor": "Noor",
    "teo": "Teo",
    "june": "June",
    "aldo": "Aldo",
    "priya": "Priya",
    "sam.w": "Sam",
}
ONLOOKERS = {"oto": 48, "lumi": 21, "kaya": 13, "noor": 6, "teo": 4}
TALK = (
    ("june", "first time here, is it always this calm?"),
    ("aldo", "always. pull up a chair"),
    ("mira", "that last chord gave me goosebumps"),
    ("priya", "could you play the one about the rain again?"),
    ("sam.w", "headphones on, lights off"),
    ("kaya", "I kept you some dumplings, Oto"),
    ("noor", "two in the morning in Cairo and not leaving"),
    ("oto", "the rain one is next, this is for Mira"),
)


@dataclass(slots=True)
class Evening:
    """Who is there, and where."""

    house: House
    room: str
    people: dict[str, Someone]

    async def gives(self, who: str, gift: str, count: int = 1, *, room: str = "") -> None:
        """Somebody gives something, in Oto's room unless said otherwise."""
        key = fresh_key(who)
        sent = await self.people[who].send_gift(gift, room=room or self.room, count=count, key=key)
        assert sent.status_code == 201, sent.text

    async def is_talked_through(self) -> None:
        """Everybody says their line in Oto's room."""
        for who, text in TALK:
            said = await self.people[who].post(f"/v1/rooms/{self.room}/messages", {"text": text})
            assert said.status_code == 201, said.text


@asynccontextmanager
async def an_evening(house: House) -> AsyncIterator[Evening]:
    """Five people live, friends with coins, and some who only look."""
    people = {name: await sign_in(house, name) for name in ("oto", "lumi", "kaya", "mira")}
    for handle, name in FRIENDS.items():
        people[handle] = await sign_up(house, handle=handle, name=name)
    for handle, title in (("noor", "I draw what you say"), ("teo", "Chess for two, slowly")):
        opened = await people[handle].post("/v1/rooms", {"title": title})
        assert opened.status_code == 201, opened.text
    evening = Evening(house, await room_of(house, "oto"), people)
    gone = asyncio.Event()
    seats = [
        room
        for handle, count in ONLOOKERS.items()
        for room in [await room_of(house, handle)] * count
    ]
    seated = asyncio.Barrier(len(seats) + 1)
    onlookers = [asyncio.create_task(_look_on(house, room, seated, gone)) for room in seats]
    await seated.wait()
    await _spend(evening)
    await evening.is_talked_through()
    yield evening
    gone.set()
    await asyncio.gather(*onlookers)


async def _look_on(house: House, room: str, seated: asyncio.Barrier, gone: asyncio.Event) -> None:
    """Somebody who only watches, until everybody goes."""
    async with guest_socket(house) as socket:
        await socket.subscribe(room)
        await seated.wait()
        await gone.wait()


async def _spend(evening: Evening) -> None:
    """Coins are bought and the first gifts of the evening given."""
    buyers = ("mira", "kaya", "noor", "teo", "june", "aldo", "priya", "sam.w")
    await asyncio.gather(*(evening.people[who].recharge(coins=7000) for who in buyers))
    lumi, kaya = [await room_of(evening.house, name) for name in ("lumi", "kaya")]
    await evening.gives("june", "golden-microphone", room=lumi)
    await evening.gives("aldo", "doughnut", 5, room=kaya)
    await evening.gives("mira", "star", 3, room=lumi)
    await evening.gives("mira", "ice-cream", 2, room=kaya)
    await evening.gives("mira", "golden-microphone")
    await evening.gives("noor", "rocket")
    await evening.gives("teo", "magic-wand", 2)
    await evening.gives("priya", "rose", 99)
    await evening.gives("mira", "rose", 5)
