"""A plain client of the room socket that shows everything it hears."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec
import websockets

from largesse.rooms import RoomEvent, RoomState, apply

PATIENCE_SECONDS = 10


class Client:
    """Sends commands, keeps pushes apart from replies, and replays what it hears."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.publications: list[dict[str, Any]] = []
        self.evictions: list[dict[str, Any]] = []
        self.epoch = ""
        self.offset = 0
        self.state: RoomState | None = None
        self._number = 0
        self._replies: dict[int, dict[str, Any]] = {}

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for one in self.publications for event in one["data"]["events"]]

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one command and wait for its reply."""
        number = await self.say(request)
        await self.hear_until(lambda: number in self._replies)
        return self._replies.pop(number)

    async def say(self, request: dict[str, Any]) -> int:
        self._number += 1
        await self.socket.send(json.dumps({"id": self._number, **request}))
        return self._number

    async def subscribe(self, room: str, **where: Any) -> dict[str, Any]:
        reply = await self.ask({"subscribe": {"channel": f"room:{room}", **where}})
        result: dict[str, Any] = reply.get("subscribe", reply)
        if "data" in result:
            self.state = msgspec.convert(result["data"], RoomState)
        for publication in result.get("publications", ()):
            self._replay(publication)
        self.epoch, self.offset = result.get("epoch", ""), result.get("offset", 0)
        return result

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        reply = await self.ask({"rpc": {"method": method, "data": params}})
        answer: dict[str, Any] = reply["rpc"]["data"] if "rpc" in reply else reply
        return answer

    async def hear_until(
        self, is_enough: Callable[[], bool], *, seconds: int = PATIENCE_SECONDS
    ) -> None:
        """Read until the test has seen what it waits for."""
        async with asyncio.timeout(seconds):
            while not is_enough():
                frame = await self.socket.recv()
                if frame == "{}":
                    await self.socket.send("{}")
                else:
                    self._hear(frame)

    async def hear_event(self, **wanted: Any) -> dict[str, Any]:
        """Wait for an event with these fields."""

        def found() -> dict[str, Any] | None:
            return next((one for one in self.events if wanted.items() <= one.items()), None)

        await self.hear_until(lambda: found() is not None)
        event = found()
        assert event is not None
        return event

    def _hear(self, frame: str | bytes) -> None:
        for line in frame.splitlines():
            said = json.loads(line)
            if "id" in said:
                self._replies[said["id"]] = said
            elif "pub" in said.get("push", {}):
                self._replay(said["push"]["pub"])
            elif "push" in said:
                self.evictions.append(said["push"])

    def _replay(self, publication: dict[str, Any]) -> None:
        self.publications.append(publication)
        if "offset" not in publication:
            return
        self.offset = publication["offset"]
        for event in publication["data"]["events"]:
            if self.state is not None:
                self.state = apply(self.state, msgspec.convert(event, RoomEvent))
