"""A store hears that coins were given, until it says yes; an operator hears when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio
from prometheus_client import REGISTRY

from largesse.recharge import acknowledge_purchases
from largesse.recharge.stores.acknowledge import retry_at
from largesse.recharge.stores_store import Acknowledgement
from tests.recharge.apps import GoogleApp, app_of, ordered, prove
from tests.recharge.house import Buyer, House

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest_asyncio.fixture(loop_scope="session")
async def app(house: House) -> AsyncIterator[GoogleApp]:
    async with app_of("google", house) as opened:
        assert isinstance(opened, GoogleApp)
        yield opened


async def bought(buyer: Buyer, app: GoogleApp) -> tuple[dict[str, Any], str]:
    """An order that was credited, and its purchase."""
    order = await ordered(buyer, app)
    purchase = app.buy(order)
    assert (await prove(buyer, order, purchase)).json()["status"] == "credited"
    return order, purchase


async def test_a_store_is_told_once_that_the_coins_were_given(
    house: House, app: GoogleApp, mira: Buyer
) -> None:
    _, purchase = await bought(mira, app)
    assert app.store.consumed == []
    assert await acknowledge_purchases(house.recharging, now=house.clock.now()) == 1
    assert app.store.consumed == [purchase]
    assert await acknowledge_purchases(house.recharging, now=house.clock.now()) == 0


async def test_a_store_that_does_not_hear_is_told_again_and_after_two_days_an_operator(
    house: House, app: GoogleApp, mira: Buyer
) -> None:
    _, purchase = await bought(mira, app)
    gauge = "largesse_store_acknowledgements_overdue"
    for hours, alarms in ((0, 0), (47, 0), (2, 1), (2, 1)):
        house.clock.push(hours=hours)
        # The call and the look that follows it break both.
        app.store.stumbles.calls = 2
        consumed = list(app.store.consumed)
        app.store.purchases[purchase]["productLineItem"][0]["productId"] = "elsewhere"
        assert await acknowledge_purchases(house.recharging, now=house.clock.now()) == 1
        assert app.store.consumed == consumed
        assert REGISTRY.get_sample_value(gauge) == alarms
    app.store.stumbles.calls = 0
    app.store.purchases[purchase]["productLineItem"][0]["productId"] = "coins_350"
    house.clock.push(hours=2)
    await acknowledge_purchases(house.recharging, now=house.clock.now())
    assert app.store.consumed == [purchase]
    assert REGISTRY.get_sample_value(gauge) == 0


async def test_many_workers_tell_a_store_once(house: House, app: GoogleApp, mira: Buyer) -> None:
    _, purchase = await bought(mira, app)
    now = house.clock.now()
    told = await asyncio.gather(
        *(acknowledge_purchases(house.recharging, now=now) for _ in range(5))
    )
    assert sum(told) == 1
    assert app.store.consumed == [purchase]


async def test_a_store_that_is_switched_off_is_told_when_it_is_back(
    house: House, app: GoogleApp, mira: Buyer
) -> None:
    _, purchase = await bought(mira, app)
    adapter = house.recharging.providers.by_code.pop("google")
    assert await acknowledge_purchases(house.recharging, now=house.clock.now()) == 1
    house.recharging.providers.by_code["google"] = adapter
    house.clock.push(minutes=5)
    assert await acknowledge_purchases(house.recharging, now=house.clock.now()) == 1
    assert app.store.consumed == [purchase]


def test_a_store_is_told_soon_and_then_every_hour() -> None:
    def wait(attempts: int) -> timedelta:
        owed = Acknowledgement(
            provider="google",
            payment="GPA.1",
            purchase="t",
            recharge=UUID(int=1),
            product="coins_70",
            made_at=NOON,
            due_at=NOON,
            attempts=attempts,
        )
        return retry_at(owed, now=NOON) - NOON

    waits = [wait(attempts) for attempts in range(1, 15)]
    assert waits[0] == timedelta(seconds=10)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)
