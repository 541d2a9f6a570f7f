"""Run the crowd by itself: `python -m largesse.crowd --url http://127.0.0.1:8400`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
from pathlib import Path

import uvloop

from largesse.crowd.run import Plan, simulate
from largesse.kernel import logs


def main() -> None:
    """Read the wishes, and be a crowd until a signal or the end of the time."""
    wish = _parser().parse_args()
    logs.configure(level=os.environ.get("LARGESSE_LOG_LEVEL", "info"))
    plan = Plan(
        url=wish.url.rstrip("/"),
        data_dir=Path(os.environ.get("LARGESSE_DATA_DIR", "var")),
        rooms=wish.rooms,
        viewers=wish.viewers,
        gifts_per_minute=wish.gifts_per_minute,
        lines_per_minute=wish.lines_per_minute,
        seed=wish.seed,
        duration_seconds=wish.duration,
    )
    run(plan)


def run(plan: Plan) -> None:
    """Simulate until done; SIGINT and SIGTERM are the usual way to go home."""
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        uvloop.run(_until_called(plan))


async def _until_called(plan: Plan) -> None:
    task = asyncio.current_task()
    assert task is not None
    for called in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(called, task.cancel)
    await simulate(plan)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="largesse.crowd", description=main.__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8400", help="address of the house")
    parser.add_argument("--rooms", type=int, default=3, help="live rooms to visit")
    parser.add_argument("--viewers", type=int, default=200, help="people in all rooms")
    parser.add_argument("--gifts-per-minute", type=float, default=30.0, help="gifts in each room")
    parser.add_argument("--lines-per-minute", type=float, default=24.0, help="chat in each room")
    parser.add_argument("--seed", type=int, help="the same chance again")
    parser.add_argument("--duration", type=float, help="seconds until everybody goes home")
    return parser


if __name__ == "__main__":
    main()
