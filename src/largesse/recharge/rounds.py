"""One round of a sweeper: everything that is due, some at a time, each on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar
from uuid import UUID

import structlog

from largesse.kernel.errors import LargesseError

# Orders, refunds and persons by their ids: a log may name them.
Due = TypeVar("Due", UUID, int)

log = structlog.get_logger("largesse.recharge")


async def act_on_all(
    due: Iterable[Due], act: Callable[[Due], Awaitable[bool | None]], *, at_once: int, doing: str
) -> int:
    """Act on all that is due; returns how many acts answered True.

    One that is refused is logged and comes again when its lease runs out. Whatever else goes
    wrong with one is raised when all the others are done, so that it keeps none of them waiting.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(subject: Due) -> bool:
        async with gate:
            try:
                return bool(await act(subject))
            except LargesseError as error:
                log.warning("round_failed", doing=doing, subject=str(subject), code=error.code)
                return False

    answers = await asyncio.gather(*(one(subject) for subject in due), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return sum(answer is True for answer in answers)
