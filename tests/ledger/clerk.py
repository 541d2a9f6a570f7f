"""A process that does what it reads, through the real ledger, and says so; tests kill it.

One order a line on its standard input, one answer a line on its standard output. It does what
a good client does: whoever hears "unknown" asks again with the same key.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from largesse import ledger
from largesse.kernel.database import Database
from largesse.kernel.errors import RequestInProgress, Unavailable
from largesse.kernel.postgres import Urls
from largesse.ledger import Committer, HoldPosted
from tests.ledger.conftest import NOON, Books

PAUSE_SECONDS = 0.1
LATER = NOON + timedelta(hours=1)


@dataclass
class Clerk:
    """The books, and the words that it understands."""

    books: Books
    committer: Committer

    async def gift(self, account: int, key: str) -> int:
        return (await self.committer.spend(self.books.gift(account, 1, key=key))).seq

    async def credit(self, account: int, key: str) -> int:
        return (await self.books.recharge(account, coins=10, key=key)).seq

    async def hold(self, account: int, key: str) -> int:
        async with self.books.database.work() as connection:
            return (await ledger.hold(connection, self.books.hold(account, 5, key=key))).seq

    async def post(self, account: int, key: str) -> int:
        """Carry the hold out that the key names; that it was done before is an answer too."""
        try:
            async with self.books.database.work() as connection:
                await ledger.post_hold(
                    connection, account=account, hold=UUID(key), act=UUID(key), at=NOON
                )
        except HoldPosted:
            pass
        return 0

    async def sweep(self, account: int, key: str) -> int:
        await ledger.resolve_due_holds(self.books.database, at=LATER)
        return 0

    async def roll_up(self, account: int, key: str) -> int:
        await ledger.roll_up(self.books.database)
        return 0

    async def carry_out(self, order: dict[str, Any]) -> None:
        act = getattr(self, order["act"])
        while True:
            try:
                seq = await act(order["account"], order["key"])
            except (Unavailable, RequestInProgress):
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                break
        if order["untold"]:
            _say({"done": order["key"]})
        else:
            _say({"key": order["key"], "seq": seq})


def _say(answer: dict[str, Any]) -> None:
    os.write(1, json.dumps(answer).encode() + b"\n")


async def main(url: str) -> None:
    database = Database(url)
    await database.open()
    committer = Committer(url)
    await committer.start()
    clerk = Clerk(Books(database, Urls(app=url, owner="")), committer)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    async with asyncio.TaskGroup() as group:
        async for line in orders:
            group.create_task(clerk.carry_out(json.loads(line)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
