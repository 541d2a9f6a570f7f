"""A wire between a process and PostgreSQL that can be cut at a word, in either direction."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

SOCKET = ".s.PGSQL.5432"


class Side(StrEnum):
    """Who speaks."""

    ASKED = "asked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Cut:
    """The message that does not arrive any more, and nothing after it."""

    side: Side
    words: bytes

    def is_at(self, side: Side, kind: bytes, body: bytes) -> bool:
        # Statements travel as queries, to be parsed, or by the name that they were prepared
        # under; success travels as the statement's tag.
        kinds = b"QPB" if self.side is Side.ASKED else b"C"
        return side is self.side and kind in kinds and self.words in body


class Wire:
    """Listens as PostgreSQL does and passes every message on, up to the one that it was told.

    The connection that speaks the words falls silent in that direction, once; its two ends
    notice nothing until one of them goes away. Other connections work on.
    """

    def __init__(self, folder: Path, server: Path) -> None:
        self._folder = folder
        self._server = server
        self._cut: Cut | None = None
        self._reached = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None

    async def open(self) -> None:
        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._connect(reader, writer))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

        self._listening = await asyncio.start_unix_server(take, self._folder / SOCKET)

    async def close(self) -> None:
        assert self._listening is not None
        self._listening.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._listening.wait_closed()

    def url(self, database: str) -> str:
        """The address of a database behind this wire, as the application."""
        host = quote(str(self._folder), safe="")
        return f"postgresql://largesse_app@/{database}?host={host}&port=5432"

    def cut_at(self, cut: Cut) -> asyncio.Event:
        """From now on: the next connection that says these words is cut there, and the event set."""
        self._cut, self._reached = cut, asyncio.Event()
        return self._reached

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_unix_connection(self._server / SOCKET)
        except OSError:
            writer.close()
            return
        # The first words of a client have no kind.
        size = await reader.readexactly(4)
        ours.write(size + await reader.readexactly(int.from_bytes(size) - 4))
        ends = (
            asyncio.create_task(self._pass_on(Side.ASKED, reader, ours)),
            asyncio.create_task(self._pass_on(Side.ANSWERED, theirs, writer)),
        )
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
            for end_writer in (ours, writer):
                end_writer.close()

    async def _pass_on(
        self, side: Side, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readexactly(5)
                body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
                if self._cut is not None and self._cut.is_at(side, head[:1], body):
                    self._cut = None
                    self._reached.set()
                    while await reader.read(65536):
                        pass
                    return
                writer.write(head + body)
                await writer.drain()
