"""Keep a program of ours running beside the application, as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence

import structlog

from largesse.kernel.lifeline import die_with_parent

STOP_SECONDS_MAX = 5
PAUSES_SECONDS = (1, 2, 5, 15)

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def companion(
    name: str, command: Sequence[str], *, environment: Mapping[str, str]
) -> AsyncIterator[None]:
    """Run a program for as long as the block lasts; one that ends is started again.

    The environment is added to ours: that is where secrets travel, never on the
    command line, which every user of the machine can read.
    """
    task = asyncio.create_task(_keep(name, command, environment), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep(name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
    for pause in _pauses():
        child = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            # Ctrl-C at the terminal is for us; we end our companions ourselves.
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        try:
            code = await child.wait()
        except asyncio.CancelledError:
            await _end(child)
            raise
        log.warning("companion_ended", name=name, code=code, starts_again_in_seconds=pause)
        await asyncio.sleep(pause)


def _pauses() -> Sequence[int]:
    # A program that keeps ending is tried for about four minutes, then left alone.
    return (*PAUSES_SECONDS, *(PAUSES_SECONDS[-1] for _ in range(15)))


async def _end(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
        try:
            await asyncio.wait_for(child.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            child.kill()
            await child.wait()
