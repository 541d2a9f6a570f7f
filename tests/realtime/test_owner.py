"""Old state + frames = fresh state, wherever a client came in and whatever happened since."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from largesse.kernel import ids
from largesse.realtime.frames import Limits
from largesse.realtime.owner import Presented, RoomOwner
from largesse.rooms import (
    Actor,
    ChatMessage,
    GiftFacts,
    GiftSent,
    Restored,
    RoomClosed,
    RoomEvent,
    RoomState,
    Supporter,
    Tally,
    Tenure,
    apply,
)

START = datetime(2026, 3, 1, 20, tzinfo=UTC)
PEOPLE = [Actor(f"acc_{name}", name, name.capitalize()) for name in ("mira", "jun", "ana", "leo")]
PRICES = (1, 99, 500)


class Ear:
    """A listener without a socket."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.evicted = False

    def write(self, frame: bytes) -> None:
        self.frames.append(frame)

    def evict(self, room: UUID, frame: bytes) -> None:
        self.evicted = True


@dataclass
class Seen:
    """What one client had when it last looked."""

    offset: int
    state: RoomState


def owner_of(limits: Limits | None = None, tally: Tally | None = None) -> RoomOwner:
    tally = tally or Tally()
    state = RoomState(
        id="rom_1",
        title="Late piano",
        creator=PEOPLE[0],
        status="live",
        started_at=START,
        coins=tally.coins,
        supporters=tuple(tally.supporters),
    )
    tenure = Tenure(ids.make(), 1, START + timedelta(minutes=1))
    return RoomOwner(
        tenure.room,
        Restored(state, tally),
        tenure=tenure,
        limits=limits or Limits(gifts_waiting_max=3, messages_waiting_max=3),
        now=START,
    )


def gift(number: int, *, who: int | None, price: int, count: int, at: datetime) -> GiftSent:
    return GiftSent(
        id=f"snd_{number}",
        at=at,
        room="rom_1",
        actor=None if who is None else PEOPLE[who],
        gift=GiftFacts(f"gft_{price}", "rose", "Rose", price, "icon"),
        count=count,
        coins=price * count,
        combo_id=f"cmb_{who}_{price}",
    )


def line(number: int, who: int, at: datetime) -> ChatMessage:
    return ChatMessage(
        id=f"msg_{number}", at=at, room="rom_1", actor=PEOPLE[who], text=f"line {number} " * 12
    )


def replayed(seen: Seen, owner: RoomOwner) -> RoomState | None:
    """The room as a client has it that comes back with what it last saw."""
    missed = owner.missed(epoch=owner.epoch, offset=seen.offset)
    if missed is None:
        return None
    state = seen.state
    for publication in missed:
        for event in json.loads(publication)["data"]["events"]:
            state = apply(state, msgspec.convert(event, RoomEvent))
    return state


steps = st.lists(
    st.one_of(
        st.tuples(st.just("gift"), st.integers(0, 3), st.sampled_from(PRICES)),
        st.tuples(st.just("chat"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("flood"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("enter"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("leave"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("flush"), st.just(0), st.just(0)),
        st.tuples(st.just("wait"), st.integers(0, 5), st.just(0)),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps=steps, ends=st.booleans())
def test_whoever_comes_back_at_any_offset_has_what_a_newcomer_gets(
    steps: list[tuple[str, int, int]], ends: bool
) -> None:
    owner, now = owner_of(), START
    accounts = [ids.make() for _ in PEOPLE]
    ears: list[list[Ear]] = [[] for _ in PEOPLE]
    seen = [Seen(owner.offset, owner.state)]
    for number, (what, who, price) in enumerate(steps):
        match what:
            case "gift":
                owner.take(gift(number, who=who, price=price, count=2, at=now), now)
            case "chat":
                owner.take(line(number, who, now), now)
            case "flood":
                for more in range(40):
                    owner.take(line(1000 * number + more, who, now), now)
            case "enter":
                ears[who].append(Ear())
                owner.enter(ears[who][-1], Presented(accounts[who], PEOPLE[who]), now)
            case "leave" if ears[who]:
                owner.leave(ears[who].pop(), Presented(accounts[who], PEOPLE[who]), now)
            case "wait":
                now += timedelta(seconds=who)
                owner.beat(now)
        if what == "flush" and owner.is_waiting:
            owner.flush(now)
            seen.append(Seen(owner.offset, owner.state))
    if ends:
        owner.take(RoomClosed(id="end", at=now, room="rom_1"), now)
    while owner.is_waiting:
        owner.flush(now)
    for one in seen:
        assert replayed(one, owner) == owner.state
    assert owner.viewers == sum(bool(screens) for screens in ears)


def test_the_count_is_told_at_most_once_a_second_and_is_right_in_the_end() -> None:
    owner = owner_of()
    told = []
    for number in range(30):
        now = START + timedelta(milliseconds=100 * number)
        owner.enter(Ear(), Presented(), now)
        owner.beat(now)
        if owner.is_waiting:
            owner.flush(now)
            told.append(owner.state.viewers)
    owner.beat(START + timedelta(seconds=5))
    owner.flush(START + timedelta(seconds=5))
    assert len(told) == 3
    assert owner.state.viewers == 30


def test_the_top_three_go_on_from_what_the_books_say() -> None:
    tally = Tally(
        coins=60,
        supporters=[Supporter(PEOPLE[n], coins) for n, coins in ((0, 30), (1, 20), (2, 10))],
    )
    owner = owner_of(tally=tally)
    owner.take(gift(1, who=3, price=1, count=15, at=START), START)
    owner.take(gift(2, who=None, price=99, count=10, at=START), START)
    owner.take(gift(3, who=2, price=1, count=50, at=START), START)
    owner.flush(START)
    top = [(one.actor.name, one.coins) for one in owner.state.supporters]
    assert top == [("Ana", 60), ("Mira", 30), ("Jun", 20)]
    assert owner.state.coins == 60 + 15 + 990 + 50


def test_a_gift_that_the_tally_already_counts_is_dropped() -> None:
    owner = owner_of(tally=Tally(coins=2, recent=["snd_1"]))
    owner.take(gift(1, who=0, price=1, count=2, at=START), START)
    assert not owner.is_waiting


def test_nothing_follows_the_end() -> None:
    owner = owner_of()
    owner.take(RoomClosed(id="end", at=START, room="rom_1"), START)
    owner.flush(START)
    owner.take(line(1, 0, START), START)
    owner.enter(Ear(), Presented(), START)
    assert not owner.is_waiting
    assert owner.is_over


def test_frames_are_kept_for_resume_within_their_bounds() -> None:
    owner = owner_of(Limits(frames_kept_max=10))
    for number in range(25):
        owner.take(line(number, 0, START), START)
        owner.flush(START)
    assert owner.missed(epoch=owner.epoch, offset=14) is None
    missed = owner.missed(epoch=owner.epoch, offset=15)
    assert missed is not None
    assert [json.loads(one)["offset"] for one in missed] == list(range(16, 26))
    assert owner.missed(epoch=owner.epoch, offset=25) == []
    assert owner.missed(epoch=owner.epoch, offset=26) is None
    assert owner.missed(epoch="0", offset=20) is None
