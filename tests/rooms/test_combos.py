"""Streaks as the server sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from largesse.rooms import Actor, Combos, GiftFacts, GiftSent

START = datetime(2026, 3, 1, 20, tzinfo=UTC)
ROSE = GiftFacts(id="gft_1", slug="rose", name="Rose", coins=1, tier="icon")


def rose(number: int, *, after: float = 0, combo: str = "cmb_1", count: int = 1) -> GiftSent:
    return GiftSent(
        id=f"snd_{number}",
        at=START + timedelta(seconds=after),
        room="rom_1",
        actor=Actor("acc_1", "mira", "Mira"),
        gift=ROSE,
        count=count,
        coins=count,
        combo_id=combo,
    )


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_streak_counts_on_while_gifts_come_within_three_seconds() -> None:
    combos = Combos()
    combos.count(rose(1))
    assert combos.close_idle(at(2.9)) == []
    event = combos.count(rose(2, after=2.9, count=5))
    assert (event.seq, event.count_total, event.final) == (2, 6, False)
    assert combos.close_idle(at(5.8)) == []


def test_an_idle_streak_ends_once_with_deltas_of_zero() -> None:
    combos = Combos()
    combos.count(rose(1, count=10))
    (final,) = combos.close_idle(at(3.5))
    assert (final.final, final.seq, final.count) == (True, 2, 0)
    assert (final.count_delta, final.count_total, final.coins_delta) == (0, 10, 0)
    assert combos.close_idle(at(60)) == []


def test_a_gift_that_comes_late_goes_on_from_the_totals() -> None:
    combos = Combos()
    combos.count(rose(1, count=10))
    combos.close_idle(at(3.5))
    late = combos.count(rose(2, after=2))
    assert (late.seq, late.count_total, late.final) == (3, 11, False)
    (final,) = combos.close_idle(at(6))
    assert (final.count_total, final.final) == (11, True)


def test_streaks_of_two_people_do_not_mix() -> None:
    combos = Combos()
    combos.count(rose(1, combo="cmb_1"))
    combos.count(rose(2, combo="cmb_2", after=1))
    ended = combos.close_idle(at(3.6))
    assert [event.combo_id for event in ended] == ["cmb_1"]


def test_all_streaks_end_with_the_room() -> None:
    combos = Combos()
    combos.count(rose(1, combo="cmb_1"))
    combos.count(rose(2, combo="cmb_2"))
    assert len(combos.close_all(at(1))) == 2
    assert combos.close_idle(at(60)) == []
