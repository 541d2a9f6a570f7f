"""The line between one browser and everything else, as bad as a story needs it.

A SOCKS proxy that the browser is told to use for every byte, pages and sockets alike.
It can be far away, lose packets, and swallow everything without closing anything.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

SEGMENT_BYTES = 1448
# RFC 6298 and Linux: the first packet of a connection is missed after a second, any other after
# the way there and back and 200 ms more. TCP hides a loss behind exactly this wait.
FIRST_TIMEOUT_SECONDS = 1.0
TIMEOUT_MARGIN_SECONDS = 0.2

_HELLO = b"\x05\x01\x00"
_WELCOME = b"\x05\x00"
_OPEN = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"


@dataclass(slots=True, eq=False)
class Call:
    """One connection of the browser; what is cut off stays open and carries nothing."""

    is_cut_off: bool
    task: asyncio.Task[None] | None


class Line:
    """Good unless told otherwise; every so many packets one is lost, so that each run has some."""

    def __init__(self, *, delay_seconds: float = 0.0, packets_per_loss: int = 0) -> None:
        self.delay_seconds = delay_seconds
        self.packets_per_loss = packets_per_loss
        self.lost = 0
        self.swallowed_bytes = 0
        self.port = 0
        self._is_silent = False
        self._to_lose = 0
        self._packets = itertools.count(1)
        self._calls: set[Call] = set()

    @asynccontextmanager
    async def laid(self) -> AsyncIterator[None]:
        """Open for a browser; at the end whatever still hangs on it is torn off."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            left = [call.task for call in self._calls if call.task is not None]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    @property
    def proxy(self) -> str:
        """What the browser is told to go through."""
        return f"socks5://127.0.0.1:{self.port}"

    def loses_next(self, packets: int) -> None:
        """Lose what comes next, in whichever direction, besides what is lost anyway."""
        self._to_lose = packets

    def goes_silent(self) -> None:
        """Swallow everything from now on and close nothing; who calls anew hears nothing either."""
        self._is_silent = True
        for call in self._calls:
            call.is_cut_off = True

    def comes_back(self) -> None:
        """Let new connections through; the old ones stay dead, as behind a router that forgot."""
        self._is_silent = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, for as long as both ends want it."""
        call = Call(self._is_silent, asyncio.current_task())
        self._calls.add(call)
        there: asyncio.StreamWriter | None = None
        try:
            host, port = await _asked_for(reader, writer)
            await asyncio.sleep(2 * self.delay_seconds + self._loss(FIRST_TIMEOUT_SECONDS))
            if call.is_cut_off:
                await self._swallow(reader)
                return
            from_there, there = await asyncio.open_connection(host, port)
            writer.write(_OPEN)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(call, reader, there))
                both.create_task(self._carry(call, from_there, writer))
        except* (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Over either way; nobody waits for this task but the end of the line.
            pass
        finally:
            self._calls.discard(call)
            for end in (writer, there):
                if end is not None:
                    end.close()

    async def _carry(
        self, call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Bring bytes to the other end late and in order: behind a lost packet all wait."""
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(call, under_way, writer))
        due = 0.0
        try:
            while data := await reader.read(SEGMENT_BYTES):
                if call.is_cut_off:
                    self.swallowed_bytes += len(data)
                    continue
                late = self._loss(2 * self.delay_seconds + TIMEOUT_MARGIN_SECONDS)
                due = max(due, loop.time() + self.delay_seconds + late)
                under_way.put_nowait((due, data))
            under_way.put_nowait((due, b""))
            await arriving
        finally:
            arriving.cancel()

    async def _arrive(
        self,
        call: Call,
        under_way: asyncio.Queue[tuple[float, bytes]],
        writer: asyncio.StreamWriter,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                writer.write_eof()
                return
            if call.is_cut_off:
                self.swallowed_bytes += len(data)
            else:
                writer.write(data)
                await writer.drain()

    async def _swallow(self, reader: asyncio.StreamReader) -> None:
        """Until the browser gives up."""
        while data := await reader.read(SEGMENT_BYTES):
            self.swallowed_bytes += len(data)

    def _loss(self, wait: float) -> float:
        """What this packet waits when it is one of the lost."""
        has_turn = self.packets_per_loss and not next(self._packets) % self.packets_per_loss
        if not has_turn and not self._to_lose:
            return 0.0
        self._to_lose = max(0, self._to_lose - 1)
        self.lost += 1
        return wait


async def _asked_for(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """Where the browser wants to go (RFC 1928, without a password)."""
    greeting = await reader.readexactly(2)
    await reader.readexactly(greeting[1])
    writer.write(_WELCOME)
    *_, kind = await reader.readexactly(4)
    if kind == 1:
        host = ".".join(map(str, await reader.readexactly(4)))
    elif kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        raise OSError("Only IPv4 addresses and names are known here.")
    return host, int.from_bytes(await reader.readexactly(2), "big")
