from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel import ids
from largesse.ledger.earmarks import Earmark, arranged, cut_by, free_of, last_of
from largesse.ledger.lots import Pool, Span

START = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def live(draw: st.DrawFn) -> list[Span]:
    """Live spans in their right order; the oldest of each lot may be spent already."""
    sizes = draw(st.lists(st.integers(1, 20), min_size=1, max_size=5))
    days = sorted(draw(st.lists(st.integers(0, 3), min_size=len(sizes), max_size=len(sizes))))
    at, spans = draw(st.integers(0, 50)), []
    for seq, (coins, day) in enumerate(zip(sizes, days, strict=True), start=1):
        spans.append(
            Span(
                at,
                at + coins,
                ids.make(),
                draw(st.integers(0, 9)),
                40,
                lot_seq=seq,
                expires=START + timedelta(days=day),
            )
        )
        at += coins
    return spans


@st.composite
def marked(draw: st.DrawFn) -> tuple[list[Span], list[Earmark], list[Earmark]]:
    spans = draw(live())
    chosen = []
    for span in spans:
        coins = draw(st.integers(0, span.coins))
        chosen.append(last_of([span], coins, pool=Pool.PAID))
    split = draw(st.integers(0, len(chosen)))
    return (
        spans,
        [mark for marks in chosen[:split] for mark in marks],
        [mark for marks in chosen[split:] for mark in marks],
    )


def places(spans: list[Span]) -> list[tuple[object, int]]:
    """Every single coin: its lot and its place in it, in serial order."""
    return [(span.lot, span.lot_from + n) for span in spans for n in range(span.coins)]


def inside(marks: list[Earmark]) -> set[tuple[object, int]]:
    return {(mark.lot, n) for mark in marks for n in range(mark.lot_from, mark.lot_to)}


@given(case=marked())
def test_what_leaves_lies_first_and_what_is_kept_lies_last(
    case: tuple[list[Span], list[Earmark], list[Earmark]],
) -> None:
    spans, leaving, kept = case
    laid = arranged(spans, start=spans[0].serial_from, leaving=leaving, kept=kept)
    coins, gone, stays = places(laid), inside(leaving), inside(kept)
    assert sorted(map(str, coins)) == sorted(map(str, places(spans)))
    assert set(coins[: len(gone)]) == gone
    assert set(coins[len(coins) - len(stays) :]) == stays
    free = [coin for coin in places(spans) if coin not in gone | stays]
    assert coins[len(gone) : len(coins) - len(stays)] == free
    assert places(free_of(spans, [*leaving, *kept])) == free
    edges = [spans[0].serial_from, *(span.serial_to for span in laid)]
    assert [span.serial_from for span in laid] == edges[:-1]


@given(case=marked())
def test_lifted_earmarks_put_every_coin_back(
    case: tuple[list[Span], list[Earmark], list[Earmark]],
) -> None:
    spans, leaving, kept = case
    start = spans[0].serial_from
    laid = arranged(spans, start=start, kept=[*leaving, *kept])
    assert arranged(laid, start=start) == spans


@given(spans=live(), data=st.data())
def test_the_last_coins_are_taken_first(spans: list[Span], data: st.DataObject) -> None:
    coins = data.draw(st.integers(0, sum(span.coins for span in spans)))
    marks = last_of(spans, coins, pool=Pool.PAID)
    every = places(spans)
    assert inside(marks) == set(every[len(every) - coins :])
    assert places(cut_by(spans, marks)) == every


def test_a_piece_keeps_the_serials_of_its_coins() -> None:
    """Places 20 to 30 of a lot are the serials 100 to 110; an earmark cuts out 23 to 26."""
    lot = ids.make()
    span = Span(100, 110, lot, 20, 40)
    marks = [Earmark(Pool.PROMO, lot, 23, 26)]
    found = [(one.serial_from, one.serial_to, one.lot_from) for one in cut_by([span], marks)]
    assert found == [(100, 103, 20), (103, 106, 23), (106, 110, 26)]


@pytest.mark.parametrize(("first", "upto"), [(20, 30), (10, 35), (10, 20), (30, 35)])
def test_an_earmark_that_ends_with_a_span_does_not_cut_it(first: int, upto: int) -> None:
    span = Span(100, 110, ids.make(), 20, 40)
    assert cut_by([span], [Earmark(Pool.PAID, span.lot, first, upto)]) == [span]


def test_an_earmark_covers_only_the_coins_that_it_names() -> None:
    """Free coins lie before the earmarked ones of their own lot."""
    lot = ids.make()
    span = Span(0, 10, lot, 5, 40)
    kept = [Earmark(Pool.PAID, lot, 0, 7)]
    assert places(free_of([span], kept)) == [(lot, place) for place in range(7, 15)]
    assert [one.lot_from for one in arranged([span], start=0, kept=kept)] == [7, 5]


def test_earmarks_are_of_the_pool_that_they_are_for_and_never_of_more_coins_than_there_are() -> (
    None
):
    spans = [Span(0, 10, ids.make(), 5, 40)]
    assert last_of(spans, 3, pool=Pool.PRIZE) == [Earmark(Pool.PRIZE, spans[0].lot, 12, 15)]
    with pytest.raises(AssertionError):
        last_of(spans, 11, pool=Pool.PAID)
