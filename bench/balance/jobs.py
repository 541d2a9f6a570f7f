"""The jobs that keep balances short to read, working off what an outage left behind."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from largesse import ledger
from largesse.kernel.database import Database


async def work_off(url: str) -> dict[str, float]:
    """Fold and book everything, one bounded step a call; how fast, and the longest call."""
    database = Database(url, connections_max=2, patient=True)
    await database.open()
    now = datetime.now(UTC)
    try:
        # The first call only notes how far the second one may go.
        await ledger.roll_up(database, steps=1)
        figures = await _timed("roll_up", lambda: ledger.roll_up(database, steps=1))
        figures |= await _timed(
            "book_spends", lambda: ledger.book_spends(database, at=now, steps=1)
        )
        # What the second job booked is folded too, so that nothing is above the horizon.
        while await ledger.roll_up(database):
            pass
    finally:
        await database.close()
    return figures


async def _timed(job: str, step: Callable[[], Awaitable[int]]) -> dict[str, float]:
    numbers, took = 0, [0.0]
    while True:
        begun = time.perf_counter()
        moved = await step()
        if not moved:
            break
        took.append(time.perf_counter() - begun)
        numbers += moved
    return {
        f"{job}_calls": len(took) - 1,
        f"{job}_per_s": round(numbers / (sum(took) or 1)),
        f"{job}_longest_s": round(max(took), 2),
    }
