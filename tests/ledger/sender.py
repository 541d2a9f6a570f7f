"""Send gifts from a process that a test will kill; print each journal's number once it is told."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime

from largesse.kernel import ids
from largesse.ledger import Committer, Kind, Spend


async def main(url: str, account: int) -> None:
    committer = Committer(url)
    await committer.start()

    async def send_for_ever() -> None:
        while True:
            act = ids.make()
            spent = await committer.spend(
                Spend(
                    id=act, account=account, key=act.hex, body=b"rose", kind=Kind.GIFT, creator=1000,
                    coins=1, diamonds=1, at=datetime.now(UTC),
                )
            )  # fmt: skip
            os.write(1, f"{spent.seq}\n".encode())

    await asyncio.gather(*(send_for_ever() for _ in range(16)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
