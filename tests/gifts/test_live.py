"""A room's owner reads back from the books what the room was told."""

from __future__ import annotations

from datetime import timedelta

from largesse.kernel import ids
from tests.conftest import Doors
from tests.gifts.test_send import live_room, send


async def test_the_tally_has_every_coin_and_names_only_who_wants_to_be_named(doors: Doors) -> None:
    room = await live_room(doors, "tally_creator")
    mira, ben = await doors.newcomer("tally_mira"), await doors.newcomer("tally_ben")
    await doors.give_coins("tally_mira", 100)
    await doors.give_coins("tally_ben", 100)
    for n in range(3):
        await send(doors, room, mira, f"tap-{n}", gift="clap")
    hidden = await send(doors, room, ben, "tap", gift="star", visibility="anonymous")

    tally = await doors.house.gift_book.tally(ids.read("rom", room))

    assert tally.coins == 35
    assert [(one.actor.handle, one.coins) for one in tally.supporters] == [("tally_mira", 15)]
    assert len(tally.recent) == 4
    assert hidden.json()["id"] in tally.recent
    totals = sorted((combo.count_total, combo.coins_total) for combo in tally.running)
    assert totals == [(1, 20), (3, 15)]


async def test_gifts_that_the_owner_may_have_missed_are_found_by_their_time(doors: Doors) -> None:
    room = await live_room(doors, "missed_creator")
    mira = await doors.newcomer("missed_mira")
    await doors.give_coins("missed_mira", 10)
    before = doors.house.clock.now()
    sent = await send(doors, room, mira, "tap-1", gift="clap")
    wanted = ids.read("rom", room)
    until = doors.house.clock.now() + timedelta(seconds=1)

    found = await doors.house.gift_book.missed([wanted], since=before, until=until)
    later = await doors.house.gift_book.missed([wanted], since=until, until=until)

    assert [(where, gift.id) for where, gift in found] == [(wanted, sent.json()["id"])]
    assert not later
    assert await doors.house.gift_book.coins([wanted]) == {wanted: 5}
