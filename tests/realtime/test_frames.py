"""Laws of one room's queue: totals stay true whatever the flood, and frames stay small."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from largesse.realtime.frames import Limits, Waiting
from largesse.rooms import (
    Actor,
    ChatMessage,
    Combos,
    GiftEvent,
    GiftFacts,
    GiftSent,
    RoomClosed,
    RoomEvent,
    RoomState,
    Summary,
    replay,
)

START = datetime(2026, 3, 1, 20, tzinfo=UTC)
MIRA = Actor("acc_mira", "mira", "Mira")
ROOM = "rom_1"
LIMITS = Limits(gifts_waiting_max=5, messages_waiting_max=5)


def gift(*, coins: int, number: int, combo: int, count: int, is_alone: bool = False) -> GiftSent:
    return GiftSent(
        id=f"snd_{number}",
        at=START,
        room=ROOM,
        actor=MIRA,
        gift=GiftFacts(id=f"gft_{coins}", slug="rose", name="Rose", coins=coins, tier="icon"),
        count=count,
        coins=coins * count,
        combo_id=f"cmb_{coins}_{combo}",
        is_alone=is_alone,
    )


def line(number: int, text: str = "hello") -> ChatMessage:
    return ChatMessage(id=f"msg_{number}", at=START, room=ROOM, actor=MIRA, text=text)


def cut(waiting: Waiting, number: int = 1) -> tuple[RoomEvent, ...]:
    frame = waiting.cut(summary_id=f"evt_{number}", room=ROOM, at=START)
    assert len(frame.data) <= Limits().frame_bytes_max
    assert len(json.loads(frame.data)["events"]) == len(frame.events)
    return frame.events


def test_gifts_of_one_combo_in_one_tick_become_one_event() -> None:
    waiting, combos = Waiting(LIMITS), Combos()
    for number, count in enumerate((1, 5, 10)):
        waiting.add(combos.count(gift(coins=1, number=number, combo=1, count=count)))
    (event,) = cut(waiting)
    assert isinstance(event, GiftEvent)
    assert (event.id, event.seq, event.count) == ("snd_2", 3, 10)
    assert (event.count_delta, event.count_total, event.coins_delta) == (16, 16, 16)
    assert not waiting


def test_showpieces_are_never_merged() -> None:
    waiting, combos = Waiting(LIMITS), Combos()
    for number in range(3):
        waiting.add(combos.count(gift(coins=500, number=number, combo=1, count=1)))
    assert [event.id for event in cut(waiting)] == ["snd_0", "snd_1", "snd_2"]


def test_chat_keeps_its_order_and_a_flood_loses_the_oldest_lines() -> None:
    waiting = Waiting(LIMITS)
    for number in range(60):
        waiting.add(line(number, "x" * 200))
    first = cut(waiting)
    second = cut(waiting)
    told = [event.id for event in (*first, *second) if isinstance(event, ChatMessage)]
    assert told == sorted(told, key=lambda name: int(name[4:]))
    assert told[-1] == "msg_59"
    lost = sum(event.messages for event in first if isinstance(event, Summary))
    assert len(told) + lost == 60
    assert not waiting


def test_the_end_of_a_room_is_told_last() -> None:
    waiting, combos = Waiting(LIMITS), Combos()
    waiting.add(RoomClosed(id="end_1", at=START, room=ROOM))
    waiting.add(line(1))
    waiting.add(combos.count(gift(coins=1, number=1, combo=1, count=1)))
    assert isinstance(cut(waiting)[-1], RoomClosed)


def test_gifts_leave_space_for_people_who_talk() -> None:
    waiting, combos = Waiting(Limits()), Combos()
    for number in range(200):
        waiting.add(combos.count(gift(coins=1, number=number, combo=number, count=1)))
    waiting.add(line(1))
    assert any(isinstance(event, ChatMessage) for event in cut(waiting))


sendings = st.lists(
    st.tuples(
        st.sampled_from((1, 99, 500, 29_999)),
        st.integers(1, 40),
        st.sampled_from((1, 5, 1314)),
        st.booleans(),
    ),
    max_size=200,
)


@settings(max_examples=60, deadline=None)
@given(ticks=st.lists(sendings, max_size=6))
def test_whatever_the_flood_adding_deltas_and_showing_totals_give_the_same_truth(
    ticks: list[list[tuple[int, int, int, bool]]],
) -> None:
    """Every combo is told completely or not at all, and every coin is told exactly once."""
    waiting, combos = Waiting(LIMITS), Combos()
    heard: list[RoomEvent] = []
    number = coins = gifts = 0
    for tick in ticks:
        for price, combo, count, has_window in tick:
            number += 1
            is_alone = has_window and price >= 500
            name = 1000 + number if is_alone else combo
            sent = gift(coins=price, number=number, combo=name, count=count, is_alone=is_alone)
            waiting.add(combos.count(sent))
            coins, gifts = coins + sent.coins, gifts + count
        heard += cut(waiting, number)
    for final in combos.close_idle(START + timedelta(seconds=4)):
        waiting.add(final)
    while waiting:
        heard += cut(waiting)

    state = RoomState(id=ROOM, title="t", creator=MIRA, status="live", started_at=START)
    state = replay(state, heard)
    assert state.coins == coins
    assert state.combos == ()
    told = [event for event in heard if isinstance(event, GiftEvent)]
    summed = sum(event.gifts for event in heard if isinstance(event, Summary))
    assert sum(event.count_delta for event in told) + summed == gifts
    assert_each_combo_adds_up(told)


def assert_each_combo_adds_up(told: list[GiftEvent]) -> None:
    adding: dict[str, tuple[int, int]] = {}
    seqs: dict[str, int] = {}
    for event in told:
        count, coins = adding.get(event.combo_id, (0, 0))
        adding[event.combo_id] = (count + event.count_delta, coins + event.coins_delta)
        assert adding[event.combo_id] == (event.count_total, event.coins_total)
        assert event.seq > seqs.get(event.combo_id, 0)
        seqs[event.combo_id] = event.seq
    closed = {event.combo_id for event in told if event.final}
    assert closed == set(adding)
