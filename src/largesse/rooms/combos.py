"""Streaks: which gifts belong together, how they are numbered, when they end.

gifts/ decides the `combo_id` at the time of sending and stores it; the room's
owner numbers the events here and closes a combo when it has been idle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from largesse.rooms.events import Actor, GiftEvent, GiftFacts, GiftSent

# Source of the rule: FEATURES row 23.
IDLE = timedelta(seconds=3)
# A gift sent within the idle time may still be on its way to us from its commit.
GRACE = timedelta(milliseconds=500)
# A gift that the sweeper brings late finds its combo's totals for this long.
REMEMBERED = timedelta(seconds=15)


@dataclass(slots=True)
class RunningCombo:
    """A streak and its totals so far."""

    combo_id: str
    room: str
    actor: Actor | None
    gift: GiftFacts
    last_at: datetime
    seq: int = 0
    count_total: int = 0
    coins_total: int = 0
    is_closed: bool = False


class Combos:
    """All streaks of one room, numbered."""

    def __init__(self, running: tuple[RunningCombo, ...] = ()) -> None:
        # In order of the last sending, so that idle ones are found at the front.
        self._combos = {combo.combo_id: combo for combo in running}

    def count(self, sent: GiftSent) -> GiftEvent:
        """Number one sending within its combo; a closed combo opens again for a late one."""
        combo = self._combos.pop(sent.combo_id, None) or RunningCombo(
            sent.combo_id, sent.room, sent.actor, sent.gift, sent.at
        )
        self._combos[sent.combo_id] = combo
        combo.last_at = max(combo.last_at, sent.at)
        combo.seq += 1
        combo.count_total += sent.count
        combo.coins_total += sent.coins
        combo.is_closed = sent.is_alone
        return GiftEvent(
            id=sent.id,
            at=sent.at,
            room=sent.room,
            actor=sent.actor,
            gift=sent.gift,
            count=sent.count,
            combo_id=sent.combo_id,
            seq=combo.seq,
            count_delta=sent.count,
            count_total=combo.count_total,
            coins_delta=sent.coins,
            coins_total=combo.coins_total,
            final=sent.is_alone,
            creator_diamonds=sent.creator_diamonds,
        )

    def close_idle(self, now: datetime) -> list[GiftEvent]:
        """End every streak that has been idle for three seconds, oldest first."""
        finals = []
        forgotten = []
        for combo in self._combos.values():
            if combo.last_at + IDLE + GRACE > now:
                break
            if not combo.is_closed:
                finals.append(_final(combo, now))
            if combo.last_at + REMEMBERED <= now:
                forgotten.append(combo.combo_id)
        for combo_id in forgotten:
            del self._combos[combo_id]
        return finals

    def close_all(self, now: datetime) -> list[GiftEvent]:
        """End every streak at once, because the room ends."""
        finals = [_final(combo, now) for combo in self._combos.values() if not combo.is_closed]
        self._combos.clear()
        return finals


def merged(earlier: GiftEvent, later: GiftEvent) -> GiftEvent:
    """Two events of one combo as one: deltas added up, the rest as of the later one."""
    diamonds = None
    if earlier.creator_diamonds is not None or later.creator_diamonds is not None:
        diamonds = (earlier.creator_diamonds or 0) + (later.creator_diamonds or 0)
    return GiftEvent(
        id=later.id,
        at=later.at,
        room=later.room,
        actor=later.actor,
        gift=later.gift,
        count=later.count or earlier.count,
        combo_id=later.combo_id,
        seq=later.seq,
        count_delta=earlier.count_delta + later.count_delta,
        count_total=later.count_total,
        coins_delta=earlier.coins_delta + later.coins_delta,
        coins_total=later.coins_total,
        final=later.final,
        creator_diamonds=diamonds,
    )


def _final(combo: RunningCombo, now: datetime) -> GiftEvent:
    combo.is_closed = True
    combo.seq += 1
    return GiftEvent(
        id=f"{combo.combo_id}.{combo.seq}",
        at=now,
        room=combo.room,
        actor=combo.actor,
        gift=combo.gift,
        count=0,
        combo_id=combo.combo_id,
        seq=combo.seq,
        count_delta=0,
        count_total=combo.count_total,
        coins_delta=0,
        coins_total=combo.coins_total,
        final=True,
    )
