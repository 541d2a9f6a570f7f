"""What a store's notices did not bring is found, whatever else lies in its lists."""

from __future__ import annotations

from datetime import datetime

from largesse.payments import Missed, Notice, NoticeRefused
from largesse.payments.apple.adapter import Apple
from largesse.recharge import watch_stores
from tests.recharge.apps import AppleApp, app_of, ordered, prove
from tests.recharge.house import Buyer, House


class Garbling(Apple):
    """A store whose list begins with a notice that nobody can read."""

    async def missed(self, *, since: datetime, until: datetime) -> tuple[Missed, ...]:
        return (Missed("garbled", b"{}"), *await super().missed(since=since, until=until))

    async def read_missed(self, missed: Missed) -> Notice:
        if missed.event == "garbled":
            raise NoticeRefused
        return await super().read_missed(missed)


async def test_a_notice_that_cannot_be_read_keeps_no_other_from_being_found(
    house: House, mira: Buyer
) -> None:
    async with app_of("apple", house) as app:
        assert isinstance(app, AppleApp)
        order = await ordered(mira, app)
        purchase = app.buy(order)
        await prove(mira, order, app.proof(purchase))
        app.give_back(purchase)
        app.notice(purchase, lost=True)
        garbling = Garbling(app.store.account())
        house.recharging.providers.by_code["apple"] = garbling
        house.clock.push(hours=1)
        try:
            assert await watch_stores(house.recharging, now=house.clock.now()) == 1
        finally:
            await garbling.close()
        assert (await mira.read(order))["status"] == "refunded"
