"""Nobody uses up a provider's patience for everybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from largesse.kernel.errors import RateLimited
from largesse.recharge.asking import Asking
from tests.recharge.house import Buyer, House
from tests.recharge.orders import NOON


def test_a_person_asks_so_often_within_a_while_and_then_again() -> None:
    asking = Asking(most=3, within=timedelta(minutes=10))
    for minute in range(3):
        asking.take(1, NOON + timedelta(minutes=minute))
    with pytest.raises(RateLimited):
        asking.take(1, NOON + timedelta(minutes=9))
    asking.take(2, NOON + timedelta(minutes=9))
    asking.take(1, NOON + timedelta(minutes=10))
    with pytest.raises(RateLimited):
        asking.take(1, NOON + timedelta(minutes=10))


def test_only_so_many_people_are_remembered() -> None:
    asking = Asking(most=1)
    for account in range(20_000):
        asking.take(account, NOON)
    asking.take(0, NOON)
    with pytest.raises(RateLimited):
        asking.take(19_999, NOON)


@pytest.mark.parametrize("path", ["check", "proof", "refund"])
async def test_whoever_asks_all_day_is_told_to_wait(house: House, path: str) -> None:
    buyer: Buyer = await house.buyer()
    quoted = await buyer.quote(70)
    body = {"proof": "abc"} if path == "proof" else {}
    answers = [
        await buyer.post(f"/v1/recharges/{quoted['id']}/{path}", **body)
        for _ in range(house.recharging.asking.most + 1)
    ]
    assert 429 not in {answer.status_code for answer in answers[:-1]}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "rate_limited")
    assert (await buyer.read(quoted))["status"] == "review"
