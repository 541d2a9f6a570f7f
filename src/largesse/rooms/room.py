"""What a room looks like after everything that happened in it: `apply(state, event)`.

The reducer is pure and the web client has the same one; both replay
`tests/vectors/rooms/*.json`. The owner applies exactly the events that it sends,
so a snapshot and a replayed stream cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from largesse.rooms.events import (
    Actor,
    ChatMessage,
    GiftEvent,
    GiftFacts,
    Joined,
    Presence,
    RoomClosed,
    RoomEvent,
    Summary,
    Supporter,
    Supporters,
)

CHAT_LINES_MAX = 50
COMBOS_MAX = 20
SUPPORTERS_SHOWN = 3


class Line(msgspec.Struct, frozen=True):
    """A chat line that somebody who comes in now still reads."""

    id: str
    at: datetime
    actor: Actor
    text: str


class Combo(msgspec.Struct, frozen=True):
    """A streak that still runs."""

    combo_id: str
    actor: Actor | None
    gift: GiftFacts
    seq: int
    count_total: int
    coins_total: int


class RoomState(msgspec.Struct, frozen=True):
    """Everything a client needs to draw the room; `coins` counts all gifts so far."""

    id: str
    title: str
    creator: Actor
    status: str
    started_at: datetime
    viewers: int = 0
    coins: int = 0
    chat: tuple[Line, ...] = ()
    combos: tuple[Combo, ...] = ()
    supporters: tuple[Supporter, ...] = ()


def apply(state: RoomState, event: RoomEvent) -> RoomState:
    """The room after one more event."""
    match event:
        case GiftEvent():
            return _gifted(state, event)
        case ChatMessage():
            line = Line(id=event.id, at=event.at, actor=event.actor, text=event.text)
            return msgspec.structs.replace(state, chat=(*state.chat, line)[-CHAT_LINES_MAX:])
        case Presence():
            return msgspec.structs.replace(state, viewers=event.viewers)
        case Supporters():
            return msgspec.structs.replace(state, supporters=event.top)
        case Summary():
            return msgspec.structs.replace(state, coins=state.coins + event.coins_delta)
        case RoomClosed():
            return msgspec.structs.replace(state, status="closed", combos=())
        case Joined():
            return state


def replay(state: RoomState, events: Iterable[RoomEvent]) -> RoomState:
    """The room after several events, in their order."""
    for event in events:
        state = apply(state, event)
    return state


def _gifted(state: RoomState, event: GiftEvent) -> RoomState:
    """Count the gift; a running combo keeps its place, a new one comes last."""
    combos = state.combos
    place = next((i for i, known in enumerate(combos) if known.combo_id == event.combo_id), None)
    if event.final:
        combos = tuple(known for known in combos if known.combo_id != event.combo_id)
    elif place is None:
        combos = (*combos, _combo(event))[-COMBOS_MAX:]
    else:
        combos = (*combos[:place], _combo(event), *combos[place + 1 :])
    return msgspec.structs.replace(state, coins=state.coins + event.coins_delta, combos=combos)


def _combo(event: GiftEvent) -> Combo:
    return Combo(
        combo_id=event.combo_id,
        actor=event.actor,
        gift=event.gift,
        seq=event.seq,
        count_total=event.count_total,
        coins_total=event.coins_total,
    )
