"""One live room as the crowd knows it: who is there, who talks, who gives, who is amazed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import structlog

from largesse.crowd.api import Api, Away, Refused, fresh_key
from largesse.crowd.member import Member, favourite_pack, recharge
from largesse.crowd.socket import RoomSocket
from largesse.crowd.talk import Talk
from largesse.crowd.taste import Gift, Sending, pause_seconds, sendings_per_minute, some_sending

GRAND_COINS_MIN = 199
LINE_SECONDS_MIN = 1.0
LINES_WAITING_MAX = 4
# With fewer people than this in the room, less is said and given.
LIVELY_PEOPLE = 3
RUNNING_OUT = 0.25

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Present:
    """A member who is in the room now, and the socket they are there by."""

    member: Member
    socket: RoomSocket


@dataclass(frozen=True, slots=True)
class Pace:
    """How much happens in a room."""

    gifts_per_minute: float
    lines_per_minute: float


@dataclass(slots=True)
class Scene:
    """A room while it is live; `start` runs something for as long as that."""

    room: str
    title: str
    api: Api
    chance: Random
    pace: Pace
    gifts: tuple[Gift, ...]
    till: asyncio.Semaphore
    known: dict[str, Member]
    is_live: bool = True
    watchers: int = 0
    present: dict[str, Present] = field(default_factory=dict)
    _talk: Talk = field(init=False)
    _speaking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0
    _last_speaker: str = ""
    _greeted: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._talk = Talk(self.title, self.chance)

    def open(self) -> None:
        """Let the room come to life."""
        self.start(self._chat())
        self.start(self._give())

    def close(self) -> None:
        """The live has ended."""
        self.is_live = False
        for task in tuple(self._tasks):
            task.cancel()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside everything else; the house being away ends it, nothing more."""
        task = asyncio.create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (Away, TimeoutError):
            return
        except Refused as refusal:
            log.info("refused", room=self.room, why=str(refusal))

    # Talking

    async def _chat(self) -> None:
        while True:
            await asyncio.sleep(pause_seconds(self.pace.lines_per_minute, self.chance))
            if self.present and self.chance.random() < self._liveliness():
                self.start(self._say(self._talk.remark))

    async def _say(self, line: Callable[[str], str], *, after: float = 0.0, but: str = "") -> None:
        """Let somebody say a line that suits them, a second at least after the last one."""
        if self._waiting >= LINES_WAITING_MAX:
            return
        self._waiting += 1
        try:
            await asyncio.sleep(after)
            async with self._speaking:
                someone = self._anybody(but=but)
                if someone is not None:
                    credential = someone.member.credential
                    self._last_speaker = credential.handle
                    text = line(credential.country)
                    await someone.socket.call("chat.send", room=self.room, text=text)
                await asyncio.sleep(LINE_SECONDS_MIN)
        finally:
            self._waiting -= 1

    def _anybody(self, *, but: str) -> Present | None:
        """Somebody else than this one, and rather not whoever spoke last."""
        people = {handle: one for handle, one in self.present.items() if handle != but}
        others = [one for handle, one in people.items() if handle != self._last_speaker]
        candidates = others or list(people.values())
        return self.chance.choice(candidates) if candidates else None

    def _liveliness(self) -> float:
        return min(1.0, len(self.present) / LIVELY_PEOPLE)

    # Listening

    def hear(self, event: dict[str, Any]) -> None:
        """Answer what happens as a crowd would: with wonder, thanks and greetings."""
        match event:
            case {"type": "gift", "seq": 1, "actor": {"handle": handle, "name": name}}:
                self._admire(handle, name, event["gift"])
            case {"type": "chat", "actor": {"handle": handle, "name": name}}:
                self._greet(handle, name, chance=0.8)
            case {"type": "joined", "actors": actors}:
                for actor in actors:
                    self._greet(actor["handle"], actor["name"], chance=0.5)
            case _:
                return

    def _admire(self, handle: str, name: str, gift: dict[str, Any]) -> None:
        is_grand = gift["coins"] >= GRAND_COINS_MIN
        if not is_grand and handle in self.known:
            return
        line = partial(self._talk.about_gift, name=name, gift=gift["name"], is_grand=is_grand)
        voices = self.chance.randint(1, 3) if is_grand else 1
        for number in range(voices):
            after = self.chance.uniform(0.8, 2.5) + number
            self.start(self._say(line, after=after, but=handle))

    def _greet(self, handle: str, name: str, *, chance: float) -> None:
        # Among themselves they know each other; a stranger is welcomed once.
        if handle in self.known or handle in self._greeted:
            return
        if self.chance.random() < chance:
            self._greeted.add(handle)
            line = partial(self._talk.greeting, name=name)
            self.start(self._say(line, after=self.chance.uniform(1.5, 4), but=handle))

    # Giving

    async def _give(self) -> None:
        per_minute = sendings_per_minute(self.pace.gifts_per_minute)
        while True:
            await asyncio.sleep(pause_seconds(per_minute, self.chance))
            if self.chance.random() < self._liveliness():
                sending = some_sending(self.gifts, self.chance)
                giver = self._giver(sending)
                if giver is not None:
                    self.start(self._send(giver, sending))

    def _giver(self, sending: Sending) -> Present | None:
        now = asyncio.get_running_loop().time()
        willing = [
            one
            for one in self.present.values()
            if one.member.taste.coins_max >= sending.gift.coins
            and not one.member.is_busy
            and one.member.rests_until <= now
        ]
        able = [one for one in willing if one.member.coins >= sending.coins]
        return self.chance.choice(able or willing) if willing else None

    async def _send(self, giver: Present, sending: Sending) -> None:
        member = giver.member
        member.is_busy = True
        try:
            for count in sending.counts:
                if not await self._tap(giver, sending.gift, count):
                    return
                await asyncio.sleep(self.chance.uniform(0.25, 0.9))
        finally:
            member.is_busy = False

    async def _tap(self, giver: Present, gift: Gift, count: int) -> bool:
        """Send once; somebody who is broke either recharges and goes on, or rests a while."""
        member = giver.member
        wish = {
            "room": self.room,
            "gift": gift.slug,
            "count": count,
            "idempotency_key": fresh_key(),
        }
        status, answer = await giver.socket.call("gift.send", **wish)
        if status == 402:
            is_first = member.coins == 0
            if not is_first and self.chance.random() < RUNNING_OUT:
                now = asyncio.get_running_loop().time()
                member.rests_until = now + self.chance.uniform(120, 400)
                return False
            async with self.till:
                pack = await favourite_pack(self.api, member)
                if answer["missing"] > member.taste.pack_coins:
                    pack = answer.get("pack_id") or pack
                await recharge(self.api, member, pack, self.chance)
            status, answer = await giver.socket.call("gift.send", **wish)
        if status != 201:
            return False
        member.coins = answer["balance"]
        return True
