"""Keeps chat lines: all that wait go into the database in one transaction.

A room where everybody writes at once costs a few transactions a second, and the
lines of one person stay in the order in which they were written.
"""

from __future__ import annotations

import asyncio

from largesse.kernel.database import Database
from largesse.rooms import store
from largesse.rooms.store import NewLine

_BATCH_MAX = 256


class ChatKeeper:
    """One writer for this process; it runs only while lines wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[NewLine, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def keep(self, line: NewLine) -> bool:
        """Whether the line was kept; False when its room is not live. Raises `Unavailable`."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, answer))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await answer

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_BATCH_MAX], self._waiting[_BATCH_MAX:]
            try:
                async with self._database.work() as connection:
                    kept = await store.insert_messages(connection, [line for line, _ in batch])
            except Exception as error:  # noqa: BLE001 - whatever it was, the writers must hear of it
                for _, answer in batch:
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for line, answer in batch:
                    if not answer.done():
                        answer.set_result(line.id in kept)
