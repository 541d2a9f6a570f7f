"""Fan-out: a thousand viewers in one room, 20 gifts and 50 chat lines a second.

The real application serves, gifts are durable, viewers and senders are other
processes. A line's age runs from before its sender wrote it to the socket until
each viewer has the frame in hand; a gift's from when the server read it. The
processor time is that of the application's whole process, gifts and chat included.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

import uvloop
import websockets

from bench.house import House, Someone, load
from bench.machine import flush_ms, machine

VIEWERS = int(os.environ.get("BENCH_VIEWERS", "1000"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "20"))
GIFTS_PER_SECOND = 20
LINES_PER_SECOND = 50
# One person may write one line a second, so it takes more people than lines.
TALKERS = 75


class Sender:
    """One signed-in person on the room socket who calls and checks the answers."""

    def __init__(self, someone: Someone, room: str) -> None:
        self._someone = someone
        self._room = room
        self._number = 1
        self.statuses: dict[int, int] = {}

    async def connect(self, url: str) -> None:
        self._socket = await websockets.connect(url, compression=None)
        await self._socket.send(json.dumps({"id": 1, "connect": {"token": self._someone.socket}}))
        await self._socket.recv()
        self._listening = asyncio.create_task(self._listen())

    async def call(self, method: str, **params: Any) -> None:
        self._number += 1
        data = {"room": self._room, **params}
        request = {"id": self._number, "rpc": {"method": method, "data": data}}
        await self._socket.send(json.dumps(request))

    async def close(self) -> None:
        self._listening.cancel()
        await self._socket.close()

    async def _listen(self) -> None:
        async for frame in self._socket:
            for line in str(frame).splitlines():
                said = json.loads(line)
                if not said:
                    await self._socket.send("{}")
                elif "rpc" in said:
                    status = said["rpc"]["data"]["status"]
                    self.statuses[status] = self.statuses.get(status, 0) + 1
                elif "error" in said:
                    self.statuses[-1] = self.statuses.get(-1, 0) + 1


async def talk(senders: list[Sender], seconds: float) -> int:
    """Lines and gifts in an even rhythm; returns how many were sent."""
    begun, sent = time.perf_counter(), 0
    step = 1 / (LINES_PER_SECOND + GIFTS_PER_SECOND)
    turn = LINES_PER_SECOND + GIFTS_PER_SECOND
    lines = 0
    while (ahead := begun + sent * step - time.perf_counter()) < seconds:
        if sent * step >= seconds:
            break
        if ahead > 0:
            await asyncio.sleep(ahead)
        if sent * GIFTS_PER_SECOND % turn < GIFTS_PER_SECOND:
            sender = senders[sent // 7 % 40]
            await sender.call("gift.send", gift="rose", count=1, idempotency_key=f"{sent}-{begun}")
        else:
            lines += 1
            text = f"{time.time():.6f} what a lovely evening, greetings from everywhere"
            await senders[lines % len(senders)].call("chat.send", text=text)
        sent += 1
    return sent


def percentile(ages: dict[str, int], part: float) -> int:
    total = sum(ages.values())
    seen = 0
    for age in sorted(ages, key=int):
        seen += ages[age]
        if seen >= total * part:
            return int(age)
    return 0


async def measure(house: House) -> dict[str, Any]:
    await house.ready()
    creator = await house.person("oto")
    room = await house.room(creator)
    people = [await house.person(f"fan{number:03d}") for number in range(TALKERS)]
    await house.give_coins(people, 1_000_000)
    url, token = await house.guest()
    senders = [Sender(someone, room) for someone in people]
    for sender in senders:
        await sender.connect(url)
    before = house.memory_bytes()
    command = (sys.executable, "-m", "bench.fanout.viewers", url, token, f"room:{room}")
    viewers = await asyncio.create_subprocess_exec(
        *command, str(VIEWERS), stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=2**20
    )
    assert viewers.stdin is not None
    assert viewers.stdout is not None
    await viewers.stdout.readline()
    memory = (house.memory_bytes() - before) // VIEWERS
    await talk(senders, 3)

    viewers.stdin.write(b"measure\n")
    cpu, begun = house.cpu_seconds(), time.perf_counter()
    sent = await talk(senders, SECONDS)
    spent, wall = house.cpu_seconds() - cpu, time.perf_counter() - begun
    viewers.stdin.write(b"stop\n")
    report: dict[str, Any] = json.loads(await viewers.stdout.readline())
    await viewers.wait()
    refused = sum(
        count for one in senders for status, count in one.statuses.items() if status != 201
    )
    for sender in senders:
        await sender.close()
    return report | {
        "sent": sent,
        "refused": refused,
        "cpu_share": spent / wall,
        "memory_bytes_per_viewer": memory,
    }


def figures_of(report: dict[str, Any]) -> dict[str, float]:
    """What a run says, in plain numbers."""
    seconds, viewers = report["seconds"], report["viewers"]
    chat, gifts = report["chat_ms"], report["gift_ms"]
    deliveries = sum(chat.values()) + sum(gifts.values())
    return {
        "viewers": viewers,
        "p50_ms": percentile(chat, 0.5),
        "p99_ms": percentile(chat, 0.99),
        "gift_p50_ms": percentile(gifts, 0.5),
        "gift_p99_ms": percentile(gifts, 0.99),
        "cpu_percent_of_core": round(100 * report["cpu_share"], 1),
        "frames_per_s": round(report["frames"] / seconds),
        "events_per_s": round(deliveries / seconds),
        "frames_per_s_core": round(report["frames"] / seconds / report["cpu_share"]),
        "events_per_s_core": round(deliveries / seconds / report["cpu_share"]),
        "bytes_per_viewer": round(report["bytes"] / seconds / viewers),
        "memory_bytes_per_viewer": report["memory_bytes_per_viewer"],
        "viewers_cpu_percent_of_core": round(100 * report["cpu_seconds"] / seconds, 1),
        "viewers_oversleep_p99_ms": percentile(report["oversleep_ms"], 0.99),
        "gaps": report["gaps"],
        "dropped": report["closed"],
        "refused": report["refused"],
    }


def run() -> dict[str, float]:
    """One run on a fresh house."""
    house = House("fanout")

    async def whole() -> dict[str, Any]:
        try:
            return await measure(house)
        finally:
            await house.close()

    return figures_of(uvloop.run(whole())) | {"flush_ms": flush_ms(house.home)}


def main() -> None:
    print(machine())
    print(f"{VIEWERS} viewers, {GIFTS_PER_SECOND} gifts/s, {LINES_PER_SECOND} lines/s, {load()}")
    figures = run()
    print(load())
    for name, figure in figures.items():
        print(f"  {name:26} {figure:>12,}")
    print("BENCH " + json.dumps({"name": "fanout", "figures": figures}))


if __name__ == "__main__":
    main()
