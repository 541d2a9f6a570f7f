"""Showing a purchase that is not paid yet: nothing is credited, and nothing is forgotten."""

from __future__ import annotations

from tests.recharge.apps import GoogleApp, app_of, ordered, prove
from tests.recharge.house import Buyer, House


async def test_somebody_elses_cash_on_its_way_moves_no_order(house: House, mira: Buyer) -> None:
    async with app_of("google", house) as app:
        order = await ordered(mira, app)
        purchase = app.buy(order, state="PENDING")
        mallory = await house.buyer()
        hers = await ordered(mallory, app)
        answer = await prove(mallory, hers, purchase)
        assert (answer.status_code, answer.json()["code"]) == (400, "proof_refused")
        assert (await mallory.read(hers))["status"] == "awaiting_payment"


async def test_cash_that_is_on_its_way_is_found_by_asking(house: House, mira: Buyer) -> None:
    async with app_of("google", house) as app:
        assert isinstance(app, GoogleApp)
        arrives, never = await ordered(mira, app), await ordered(mira, app)
        waiting = [app.buy(order, state="PENDING") for order in (arrives, never)]
        for order, purchase in zip((arrives, never), waiting, strict=True):
            answer = await prove(mira, order, purchase)
            assert answer.json()["status"] == "processing"
        app.store.clear(waiting[0])
        app.store.bounce(waiting[1])
        for order in (arrives, never):
            await mira.post(f"/v1/recharges/{order['id']}/check")
        assert (await mira.read(arrives))["status"] == "credited"
        assert (await mira.read(never))["status"] == "awaiting_payment"
        assert await mira.coins() == 350
