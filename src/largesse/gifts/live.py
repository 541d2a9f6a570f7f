"""The gift book that a room's owner reads: its gifts so far, and those it may have missed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from largesse.catalogue import Shelf
from largesse.gifts import store
from largesse.gifts.model import STREAK_IDLE
from largesse.gifts.send import facts_of
from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.rooms import Actor, GiftSent, RunningCombo, Supporter, Tally

RECENT = timedelta(minutes=1)


class GiftsOfRoom:
    """Reads a room's gifts back from the books; they are the truth, memory is a copy."""

    def __init__(self, database: Database, shelf: Shelf, clock: Clock) -> None:
        self._database = database
        self._shelf = shelf
        self._clock = clock

    async def tally(self, room: UUID) -> Tally:
        """All gifts of a room, read at one moment, when an owner takes it over."""
        now = self._clock.now()
        async with self._database.work() as connection:
            # One snapshot for both reads: a gift is in both or in neither.
            await connection.execute("set transaction isolation level repeatable read read only")
            given = await store.room_supporters(connection, room=room)
            recent = await store.in_rooms_between(
                connection, rooms=[room], since=now - RECENT, until=now + RECENT
            )
        facts = [await self._fact(gift, now) for gift in recent]
        return Tally(
            coins=sum(coins for *_, coins in given),
            supporters=[
                Supporter(Actor(ids.show("acc", sender), handle or "", name or ""), coins)
                for sender, handle, name, coins in given
                if sender is not None
            ],
            recent=frozenset(fact.id for fact in facts),
            running=_running(facts, now),
        )

    async def coins(self, rooms: Collection[UUID]) -> Mapping[UUID, int]:
        """Coins of several rooms, for lists."""
        async with self._database.read() as connection:
            return await store.rooms_coins(connection, rooms=rooms)

    async def counts(
        self, rooms: Collection[UUID], *, since: datetime, until: datetime
    ) -> Mapping[UUID, int]:
        """How many gifts these rooms got in that time: the cheap question before `missed`."""
        async with self._database.read() as connection:
            return await store.rooms_counts(connection, rooms=rooms, since=since, until=until)

    async def missed(
        self, rooms: Collection[UUID], *, since: datetime, until: datetime
    ) -> Sequence[tuple[UUID, GiftSent]]:
        """Gifts of these rooms that were committed in that time; the owner drops known ones."""
        async with self._database.read() as connection:
            gifts = await store.in_rooms_between(connection, rooms=rooms, since=since, until=until)
        return [(gift.room, await self._fact(gift, until)) for gift in gifts]

    async def _fact(self, gift: store.RoomGift, now: datetime) -> GiftSent:
        actor = None
        if gift.sender_id is not None:
            actor = Actor(
                ids.show("acc", gift.sender_id), gift.sender_handle or "", gift.sender_name or ""
            )
        return GiftSent(
            id=ids.show("snd", gift.id),
            at=gift.at,
            room=ids.show("rom", gift.room),
            actor=actor,
            gift=facts_of(await self._shelf.by_id(gift.gift, now=now)),
            count=gift.count,
            coins=gift.coins,
            combo_id=ids.show("cmb", gift.combo),
            creator_diamonds=gift.diamonds,
        )


def _running(facts: Sequence[GiftSent], now: datetime) -> list[RunningCombo]:
    """The streaks that may still go on, with their totals; facts come oldest first."""
    combos: dict[str, RunningCombo] = {}
    for fact in facts:
        combo = combos.setdefault(
            fact.combo_id,
            RunningCombo(fact.combo_id, fact.room, fact.actor, fact.gift, fact.at),
        )
        combo.last_at = fact.at
        combo.seq += 1
        combo.count_total += fact.count
        combo.coins_total += fact.coins
    return [combo for combo in combos.values() if now - combo.last_at <= STREAK_IDLE]
