"""The crowd as a command: `largesse simulate`, or `python -m largesse.crowd` all by itself."""

from __future__ import annotations

import os
from pathlib import Path

from largesse.crowd.run import Plan, crowd_until_called
from largesse.kernel import logs


def simulate(
    *,
    url: str = "http://127.0.0.1:8400",
    rooms: int = 3,
    viewers: int = 200,
    gifts_per_minute: float = 30,
    lines_per_minute: float = 24,
    seed: int | None = None,
    duration: float | None = None,
) -> int:
    """Let a simulated crowd into live rooms, through the public API only; Ctrl-C sends it home.

    Parameters
    ----------
    url
        Address of a running house.
    rooms
        How many live rooms to visit; the longest live first.
    viewers
        How many people in all rooms together; three in ten have accounts.
    gifts_per_minute
        Gifts in each room.
    lines_per_minute
        Chat lines in each room.
    seed
        The same chance again.
    duration
        Seconds until everybody goes home.

    """
    logs.configure(level=os.environ.get("LARGESSE_LOG_LEVEL", "info"))
    plan = Plan(
        url=url.rstrip("/"),
        data_dir=Path(os.environ.get("LARGESSE_DATA_DIR", "var")),
        rooms=rooms,
        viewers=viewers,
        gifts_per_minute=gifts_per_minute,
        lines_per_minute=lines_per_minute,
        seed=seed,
        duration_seconds=duration,
    )
    crowd_until_called(plan)
    return 0
