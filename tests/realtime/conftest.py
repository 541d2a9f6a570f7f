"""A hub and a gateway on a free port over the real database, and plain clients for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
import websockets

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.people import Newcomer, Viewer, sign_up
from largesse.realtime import Gateway, Hub, Limits, LocalBus, Method, SocketLimits, Tokens
from largesse.rooms import (
    Actor,
    Chat,
    ChatPace,
    ChatSocket,
    GiftFacts,
    GiftSent,
    Room,
    Tally,
    open_room,
)
from tests.realtime.client import Client

ROSE = GiftFacts(id="gft_rose", slug="rose", name="Rose", coins=1, tier="icon")
LION = GiftFacts(id="gft_lion", slug="lion", name="Lion", coins=29_999, tier="showpiece")


@dataclass
class HandClock:
    """A clock that runs, and that a test can push ahead."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def push(self, seconds: int) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Gifts:
    """The books' side of gifts: what was committed, whoever heard of it."""

    committed: list[tuple[UUID, GiftSent]] = field(default_factory=list)

    async def tally(self, room: UUID) -> Tally:
        mine = [sent for where, sent in self.committed if where == room]
        return Tally(coins=sum(sent.coins for sent in mine), recent=[sent.id for sent in mine])

    async def coins(self, rooms: Any) -> dict[UUID, int]:
        return {room: (await self.tally(room)).coins for room in rooms}

    async def counts(self, rooms: Any, *, since: datetime, until: datetime) -> Counter[UUID]:
        return Counter(room for room, _ in await self.missed(rooms, since=since, until=until))

    async def missed(
        self, rooms: Any, *, since: datetime, until: datetime
    ) -> list[tuple[UUID, GiftSent]]:
        return [one for one in self.committed if one[0] in rooms and since <= one[1].at < until]


@dataclass
class Studio:
    """Everything between the database and a socket, and hands to use it."""

    database: Database
    clock: HandClock
    gifts: Gifts
    hub: Hub
    gateway: Gateway
    chat: Chat
    url: str = ""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def person(self, name: str) -> Viewer:
        handle = f"{name}_{ids.make().hex[-8:]}"
        newcomer = Newcomer(
            handle=handle,
            email=f"{handle}@example.org",
            password=f"quiet {handle} lantern",
            birth_date=date(1990, 5, 4),
            country="US",
            name=name.capitalize(),
        )
        return await sign_up(self.database, newcomer, now=self.clock.now())

    async def room(self, creator: Viewer | None = None) -> Room:
        creator = creator or await self.person("oto")
        return await open_room(self.database, self.clock, creator=creator, title="Late piano")

    def token(self, viewer: Viewer | None = None) -> str:
        if viewer is None:
            return self.gateway.tokens.issue(now=self.clock.now())
        return self.gateway.tokens.issue(
            now=self.clock.now(), account=viewer.id, actor=actor(viewer)
        )

    @contextlib.asynccontextmanager
    async def client(self, viewer: Viewer | None = None) -> AsyncIterator[Client]:
        async with websockets.connect(self.url, compression=None) as socket:
            client = Client(socket)
            await client.ask({"connect": {"token": self.token(viewer)}})
            yield client

    def sent(self, room: Room, viewer: Viewer | None, **facts: Any) -> GiftSent:
        """A gift as gifts/ would announce it."""
        gift = facts.pop("gift", ROSE)
        count = facts.pop("count", 1)
        return GiftSent(
            id=facts.pop("id", ids.show("snd", ids.make())),
            at=facts.pop("at", self.clock.now()),
            room=ids.show("rom", room.id),
            actor=None if viewer is None else actor(viewer),
            gift=gift,
            count=count,
            coins=gift.coins * count,
            combo_id=facts.pop("combo_id", ids.show("cmb", ids.make())),
            **facts,
        )

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.gateway.close()
        await self.hub.close()


def actor(viewer: Viewer) -> Actor:
    return Actor(ids.show("acc", viewer.id), viewer.handle, viewer.name)


async def opened_studio(
    database: Database,
    *,
    gifts: Gifts | None = None,
    clock: HandClock | None = None,
    node: str = "node-1",
    limits: Limits | None = None,
    socket_limits: SocketLimits | None = None,
) -> Studio:
    clock = clock or HandClock()
    gifts = gifts or Gifts()
    hub = Hub(
        database=database, clock=clock, bus=LocalBus(), gift_book=gifts, node=node, limits=limits
    )
    chat = Chat(database, clock, hub, ChatPace(per_second=50, burst=200))
    gateway = Gateway(
        hub=hub,
        database=database,
        clock=clock,
        tokens=Tokens("a secret of at least 32 characters"),
        methods={"chat.send": Method(ChatSocket(chat).send, in_order=True)},
        limits=socket_limits,
    )
    port = await gateway.listen(host="127.0.0.1", port=0)
    studio = Studio(database, clock, gifts, hub, gateway, chat)
    studio.url = f"ws://127.0.0.1:{port}/connection/websocket"
    studio.tasks = [asyncio.create_task(hub.run()), asyncio.create_task(gateway.run())]
    return studio


@pytest_asyncio.fixture
async def studio(database: Database) -> AsyncIterator[Studio]:
    opened = await opened_studio(database)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()
