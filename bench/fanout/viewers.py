"""A thousand viewers in one process, who only listen and look at the clock.

`python -m bench.fanout.viewers URL TOKEN CHANNEL COUNT` says `ready` when all are
in the room, measures from the line `measure` to the line `stop` on its standard
input, and ends with one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import datetime

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect


class Crowd:
    """What all viewers heard together."""

    def __init__(self) -> None:
        self.is_measuring = False
        self.frames = 0
        self.bytes = 0
        self.gaps = 0
        self.closed = 0
        # Deliveries by their age in milliseconds; the same frame is read once for all viewers.
        self.chat_ms: Counter[int] = Counter()
        self.gift_ms: Counter[int] = Counter()
        self._read: dict[bytes, tuple[int, list[float], list[float]]] = {}

    def read(self, payload: bytes) -> tuple[int, list[float], list[float]]:
        """A frame's offset, and when its lines and its gifts were sent."""
        known = self._read.get(payload)
        if known is None:
            known = self._parsed(payload)
            self._read[payload] = known
            if len(self._read) > 256:
                del self._read[next(iter(self._read))]
        return known

    def _parsed(self, payload: bytes) -> tuple[int, list[float], list[float]]:
        published = json.loads(payload)["push"]["pub"]
        lines, gifts = [], []
        for event in published["data"]["events"]:
            if event["type"] == "chat":
                lines.append(float(event["text"].split()[0]))
            elif event["type"] == "gift" and event["count_delta"]:
                gifts.append(datetime.fromisoformat(event["at"]).timestamp())
        return published["offset"], lines, gifts


class Viewer(WSListener):
    """One viewer."""

    def __init__(self, crowd: Crowd, token: str, channel: str) -> None:
        self._crowd = crowd
        self._hello = json.dumps({"id": 1, "connect": {"token": token}}) + "\n"
        self._hello += json.dumps({"id": 2, "subscribe": {"channel": channel}})
        self.offset = 0
        self.inside = asyncio.get_running_loop().create_future()

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._hello.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        if payload.startswith(b'{"push":{"channel":"room:'):
            self._heard(payload)
        elif payload == b"{}":
            transport.send(WSMsgType.TEXT, b"{}")
        elif payload.startswith(b'{"id":2,'):
            self.offset = json.loads(payload)["subscribe"]["offset"]
            self.inside.set_result(None)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._crowd.closed += 1

    def _heard(self, payload: bytes) -> None:
        crowd = self._crowd
        offset, lines, gifts = crowd.read(payload)
        crowd.gaps += offset != self.offset + 1
        self.offset = offset
        if not crowd.is_measuring:
            return
        now = time.time()
        crowd.frames += 1
        crowd.bytes += len(payload) + 4
        for sent in lines:
            crowd.chat_ms[int((now - sent) * 1000)] += 1
        for sent in gifts:
            crowd.gift_ms[int((now - sent) * 1000)] += 1


async def watch(url: str, token: str, channel: str, count: int) -> None:
    crowd = Crowd()
    turn = asyncio.Semaphore(50)

    async def enter() -> Viewer:
        async with turn:
            viewer = Viewer(crowd, token, channel)
            await ws_connect(lambda: viewer, url)
            await viewer.inside
            return viewer

    viewers = await asyncio.gather(*(enter() for _ in range(count)))
    print("ready", flush=True)
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    await orders.readline()
    crowd.is_measuring = True
    begun, cpu = time.time(), time.process_time()
    idle = asyncio.create_task(_oversleep())
    await orders.readline()
    idle.cancel()
    crowd.is_measuring = False
    report = {
        "seconds": time.time() - begun,
        "cpu_seconds": time.process_time() - cpu,
        "frames": crowd.frames,
        "bytes": crowd.bytes,
        "gaps": crowd.gaps,
        "closed": crowd.closed,
        "viewers": len(viewers),
        "oversleep_ms": _OVERSLEPT,
        "chat_ms": crowd.chat_ms,
        "gift_ms": crowd.gift_ms,
    }
    print(json.dumps(report), flush=True)


_OVERSLEPT: Counter[int] = Counter()


async def _oversleep() -> None:
    """How late this process itself is woken: what the machine adds to every age."""
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(0.02)
        _OVERSLEPT[int((time.perf_counter() - asked - 0.02) * 1000)] += 1


if __name__ == "__main__":
    where, token, channel, count = sys.argv[1:]
    uvloop.run(watch(where, token, channel, int(count)))
