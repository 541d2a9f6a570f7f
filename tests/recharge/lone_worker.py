"""A worker in a process of its own, which a test may kill: one sweep of auto-recharge."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from largesse.kernel.clock import SystemClock
from largesse.kernel.database import Database
from largesse.payments import configured
from largesse.recharge import Recharging, sweep_auto_recharges
from largesse.settings import Settings
from tests.sandbox.provider import KEY, SECRET


async def sweep_once(url: str, sandbox_port: int) -> None:
    """Open the database, look at all purses once, and go."""
    database = Database(url)
    await database.open()
    settings = Settings(sandbox_port=sandbox_port, sandbox_key=KEY, sandbox_notice_secret=SECRET)
    recharging = Recharging(
        database=database,
        providers=configured(settings),
        clock=SystemClock(),
        origin="http://127.0.0.1:1",
    )
    await sweep_auto_recharges(recharging, now=datetime.now(UTC))


if __name__ == "__main__":
    asyncio.run(sweep_once(sys.argv[1], int(sys.argv[2])))
