"""What stands on the shelf, and what its window lets through."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from largesse.catalogue import GiftUnavailable, Shelf, stock, tier_of
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.errors import NotFound


async def test_stocking_twice_changes_nothing(database: Database, now: datetime) -> None:
    for _ in range(2):
        async with database.work() as connection:
            await stock(connection)
    gifts = await Shelf(database).gifts(now=now)
    assert len(gifts) == 17
    assert [gift.coins for gift in gifts] == sorted(gift.coins for gift in gifts)
    assert {gift.slug for gift in gifts} >= {"heart", "rose", "lion", "golden-microphone"}


async def test_a_gift_is_found_by_slug_and_by_id(database: Database, now: datetime) -> None:
    shelf = Shelf(database)
    rose = await shelf.find("rose", now=now)
    assert await shelf.find(ids.show("gft", rose.id), now=now) == rose
    for unknown in ("rosé", "ROSE", "gft_", ids.show("gft", ids.make())):
        with pytest.raises(NotFound):
            await shelf.find(unknown, now=now)


async def test_an_event_gift_can_be_sent_inside_its_window_only(
    database: Database, now: datetime
) -> None:
    async with database.work() as connection:
        await connection.execute(
            "insert into gift (id, slug, name, coins, alt, colour, available_from,"
            " available_until) values (%s, 'lantern', 'Lantern', 88, 'A lantern', '#fa0', %s, %s)",
            (ids.make(), now, now + timedelta(hours=1)),
        )
    for moment, is_there in ((-1, False), (0, True), (3599, True), (3600, False)):
        then = now + timedelta(seconds=moment)
        shelf = Shelf(database)
        if is_there:
            assert (await shelf.find("lantern", now=then)).coins == 88
        else:
            with pytest.raises(GiftUnavailable):
                await shelf.find("lantern", now=then)


@pytest.mark.parametrize(
    ("coins", "tier"),
    [(1, "icon"), (99, "icon"), (100, "animated"), (4999, "animated"), (5000, "showpiece")],
)
def test_the_price_decides_how_grandly_a_gift_appears(coins: int, tier: str) -> None:
    assert tier_of(coins) == tier
