"""The same key has one effect; its answer commits with the effect or not at all."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from largesse.kernel import idempotency, ids
from largesse.kernel.database import Database
from largesse.kernel.errors import IdempotencyConflict, RequestInProgress
from largesse.kernel.idempotency import Answer


async def act(database: Database, key: str, body: bytes, now: datetime) -> tuple[Answer, bool]:
    """An act whose only effect is its answer; says whether it was done now."""
    async with database.work() as connection:
        answered = await idempotency.once(connection, account=7, key=key, request=body, now=now)
        if answered is not None:
            return answered, False
        text = ids.make().hex.encode()
        kept = await idempotency.keep(connection, account=7, key=key, status=201, body=text)
        return kept, True


async def test_a_second_request_gets_the_first_answer_to_the_byte(
    database: Database, now: datetime
) -> None:
    first, _ = await act(database, "one", b"body", now)
    second, done = await act(database, "one", b"body", now)
    assert second == first
    assert not done


async def test_the_same_key_for_another_request_is_a_conflict(
    database: Database, now: datetime
) -> None:
    await act(database, "two", b"body", now)
    with pytest.raises(IdempotencyConflict):
        await act(database, "two", b"other body", now)


async def test_a_refused_request_leaves_its_key_free(database: Database, now: datetime) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.work() as connection:
            await idempotency.once(connection, account=7, key="three", request=b"", now=now)
            raise ZeroDivisionError
    _, done = await act(database, "three", b"anything", now)
    assert done


async def test_of_thirty_at_once_one_acts_and_all_hear_the_same(
    database: Database, now: datetime
) -> None:
    answers = await asyncio.gather(*(act(database, "four", b"x", now) for _ in range(30)))
    assert len({answer for answer, _ in answers}) == 1
    assert sum(done for _, done in answers) == 1


async def test_a_first_request_that_takes_too_long_is_said_to_be_in_progress(
    database: Database, now: datetime
) -> None:
    async with database.work() as slow:
        await idempotency.once(slow, account=7, key="five", request=b"", now=now)
        with pytest.raises(RequestInProgress):
            await act(database, "five", b"", now)
