"""What can happen in a room, in the form that every client receives it.

`RoomEvent` is the closed union: a new kind of event is added here and in the
reducer, or it does not exist. Ids are written the way clients see them, because
an event is made once and then read by thousands.

Features announce *facts* (`GiftSent`, `ChatMessage`, `RoomClosed`); the room's
owner turns gift facts into numbered `GiftEvent`s.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

# A gift whose single piece costs at least this much is shown by itself, never merged.
SHOWPIECE_COINS_MIN = 500


class Actor(msgspec.Struct, frozen=True):
    """A person as others in the room see them."""

    id: str
    handle: str
    name: str


class GiftFacts(msgspec.Struct, frozen=True):
    """The catalogue gift as it was when it was sent; `coins` is the price of one."""

    id: str
    slug: str
    name: str
    coins: int
    tier: str


class GiftSent(msgspec.Struct, frozen=True, kw_only=True):
    """The fact that gifts/ announces after its commit: one sending, not yet numbered.

    `coins` is what the whole sending cost. `actor` is None for an anonymous gift, whose
    coins then stay out of the top three. `is_alone` says that no
    other sending can join this combo (an undo window has just ended), so its first
    event is also its final one.
    """

    id: str
    at: datetime
    room: str
    actor: Actor | None
    gift: GiftFacts
    count: int
    coins: int
    combo_id: str
    is_alone: bool = False
    creator_diamonds: int | None = None


class GiftEvent(msgspec.Struct, frozen=True, kw_only=True, tag="gift", omit_defaults=True):
    """Gifts of one combo since its last event.

    Adding up the deltas and showing the totals give the same truth. `count` is the
    count of this event's last sending; `id` and `seq` are the last sending's too.
    The event with `final` closes the combo; its deltas are zero unless the last gifts
    travel in it (a combo of one sending, or a flood).
    """

    id: str
    at: datetime
    room: str
    actor: Actor | None
    gift: GiftFacts
    count: int
    combo_id: str
    seq: int
    count_delta: int
    count_total: int
    coins_delta: int
    coins_total: int
    final: bool
    creator_diamonds: int | None = None


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True, tag="chat"):
    """One line of chat."""

    id: str
    at: datetime
    room: str
    actor: Actor
    text: str


class Presence(msgspec.Struct, frozen=True, kw_only=True, tag="presence"):
    """How many people watch: accounts once, guests each; told at most once a second."""

    id: str
    at: datetime
    room: str
    viewers: int


class Joined(msgspec.Struct, frozen=True, kw_only=True, tag="joined"):
    """People who came in since the last such event: a few by name, all by number."""

    id: str
    at: datetime
    room: str
    actors: tuple[Actor, ...]
    count: int


class Supporter(msgspec.Struct, frozen=True):
    """Someone and all the coins they gave in this room."""

    actor: Actor
    coins: int


class Supporters(msgspec.Struct, frozen=True, kw_only=True, tag="supporters"):
    """The room's top supporters from now on, most coins first."""

    id: str
    at: datetime
    room: str
    top: tuple[Supporter, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True, tag="summary"):
    """What a flood left no space for, so that totals stay true.

    A combo is either told event by event or counted here from its first gift on,
    never both, so a consumer that adds up deltas of a combo is never short.
    """

    id: str
    at: datetime
    room: str
    gifts: int
    coins_delta: int
    messages: int


class RoomClosed(msgspec.Struct, frozen=True, kw_only=True, tag="closed"):
    """The creator ended the live; nothing follows."""

    id: str
    at: datetime
    room: str


RoomEvent = GiftEvent | ChatMessage | Presence | Joined | Supporters | Summary | RoomClosed

# What a feature may hand to the stage; the rest is the owner's own.
Fact = GiftSent | ChatMessage | RoomClosed


class WalletChanged(msgspec.Struct, frozen=True, kw_only=True, tag="wallet"):
    """To one account alone: their purse changed, and why; `coins` can be spent now."""

    id: str
    at: datetime
    reason: str
    coins: int | None = None
    held: int | None = None
    reference: str | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag="notice"):
    """To one account alone: something of theirs moved on, such as a recharge or a gift received."""

    id: str
    at: datetime
    kind: str
    reference: str | None = None
    facts: dict[str, str | int | bool | None] = {}


PrivateEvent = WalletChanged | Notice
