"""People on the room socket: those who send gifts as fast as they are answered, and one who watches."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect


class Sender(WSListener):
    """Sends a rose, waits for its durable answer, sends the next."""

    def __init__(self, token: str, room: str) -> None:
        self._token = token
        self._room = room
        self._number = 1
        self._sent_at = 0.0
        self._until = 0.0
        self._done: asyncio.Future[None] | None = None
        self._hello: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answered_ms: list[float] = []
        self.refused = 0

    @classmethod
    async def connect(cls, url: str, token: str, *, room: str) -> Sender:
        """Somebody who is known to the gateway."""
        sender = cls(token, room)
        await ws_connect(lambda: sender, url)
        await sender._hello
        return sender

    async def send_for(self, seconds: float) -> None:
        """Send until the time is up and the last gift is answered."""
        self._done = asyncio.get_running_loop().create_future()
        self._until = time.perf_counter() + seconds
        self._send()
        await self._done

    def forget(self) -> None:
        """Start counting again."""
        self.answered_ms.clear()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        hello = {"id": 1, "connect": {"token": self._token}}
        transport.send(WSMsgType.TEXT, json.dumps(hello).encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        for line in frame.get_payload_as_bytes().split(b"\n"):
            if line.startswith(b'{"id":1,'):
                self._hello.set_result(None)
            elif line == b"{}":
                transport.send(WSMsgType.TEXT, b"{}")
            elif line.startswith(b'{"id":%d,' % self._number):
                self._answered(line)

    def _answered(self, line: bytes) -> None:
        now = time.perf_counter()
        self.answered_ms.append((now - self._sent_at) * 1000)
        self.refused += b'"status":201' not in line
        if now < self._until:
            self._send()
        elif self._done is not None:
            self._done.set_result(None)

    def _send(self) -> None:
        self._number += 1
        key = f"tap-{self._number}"
        call = (
            b'{"id":%d,"rpc":{"method":"gift.send","data":'
            b'{"room":"%s","gift":"rose","count":1,"idempotency_key":"%s"}}}'
        )
        self._sent_at = time.perf_counter()
        self._transport.send(
            WSMsgType.TEXT, call % (self._number, self._room.encode(), key.encode())
        )


class Watcher(WSListener):
    """A guest in the room who counts every gift that is shown."""

    def __init__(self, token: str, room: str) -> None:
        self._token = token
        self._room = room
        self._inside: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heard = asyncio.Event()
        self.count = 0
        self.seen_ms: list[float] = []

    @classmethod
    async def connect(cls, url: str, token: str, *, room: str) -> Watcher:
        """A guest who is in the room."""
        watcher = cls(token, room)
        await ws_connect(lambda: watcher, url)
        await watcher._inside
        return watcher

    async def until(self, count: int, *, seconds: float) -> None:
        """Wait until so many gifts were shown."""
        async with asyncio.timeout(seconds):
            while self.count < count:
                self._heard.clear()
                await self._heard.wait()

    def forget(self) -> None:
        """Start counting again."""
        self.count = 0
        self.seen_ms.clear()

    def on_ws_connected(self, transport: WSTransport) -> None:
        hello = {"id": 1, "connect": {"token": self._token}}
        subscribe = {"id": 2, "subscribe": {"channel": f"room:{self._room}"}}
        text = f"{json.dumps(hello)}\n{json.dumps(subscribe)}"
        transport.send(WSMsgType.TEXT, text.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        for line in frame.get_payload_as_bytes().split(b"\n"):
            if line.startswith(b'{"id":2,'):
                self._inside.set_result(None)
            elif line == b"{}":
                transport.send(WSMsgType.TEXT, b"{}")
            elif line.startswith(b'{"push":{"channel":"room:'):
                self._shown(json.loads(line)["push"]["pub"]["data"]["events"])
        self._heard.set()

    def _shown(self, events: list[dict[str, object]]) -> None:
        now = time.time()
        for event in events:
            match event:
                case {"type": "gift", "count_delta": int(delta), "at": str(at)} if delta:
                    self.count += delta
                    self.seen_ms.append((now - datetime.fromisoformat(at).timestamp()) * 1000)
                case {"type": "summary", "gifts": int(gifts)}:
                    self.count += gifts
                case _:
                    pass


def at_rank(ordered: list[float], share: float) -> float:
    """The value below which this share of an ordered list lies."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)
