"""A round acts on everything that is due: no refusal and no fault keeps the others waiting."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from largesse.kernel.errors import Unavailable
from largesse.recharge.rounds import act_on_all

DUE = [UUID(int=number) for number in range(6)]


async def test_one_that_is_refused_keeps_no_other_waiting() -> None:
    done: list[UUID] = []

    async def act(subject: UUID) -> bool:
        if subject == DUE[2]:
            raise Unavailable
        done.append(subject)
        return subject != DUE[0]

    assert await act_on_all(DUE, act, at_once=2, doing="test") == 4
    assert done == [one for one in DUE if one != DUE[2]]


async def test_a_fault_is_raised_when_all_the_others_are_done() -> None:
    done: list[UUID] = []

    async def act(subject: UUID) -> None:
        if subject == DUE[0]:
            raise ZeroDivisionError
        done.append(subject)

    with pytest.raises(ZeroDivisionError):
        await act_on_all(DUE, act, at_once=1, doing="test")
    assert done == DUE[1:]


async def test_no_more_than_so_many_are_under_way() -> None:
    running, most = 0, 0

    async def act(_: UUID) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await act_on_all(DUE, act, at_once=3, doing="test")
    assert most == 3
