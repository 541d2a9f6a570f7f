from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel import ids
from largesse.ledger.lots import FOREVER, Lot, Pool, Span, cut, laid_in_order, relaid, taken_back

START = datetime(2026, 1, 1, tzinfo=UTC)
expiries = st.integers(0, 5).map(lambda days: START + timedelta(days=days))


@st.composite
def live_spans(draw: st.DrawFn) -> list[Span]:
    at = draw(st.integers(0, 1000))
    spans = []
    for expires in sorted(draw(st.lists(expiries, max_size=5))):
        coins = draw(st.integers(1, 100))
        spans.append(
            Span(at, at + coins, ids.make(), draw(st.integers(0, 9)), 200, expires=expires)
        )
        at += coins
    return spans


@given(live=live_spans(), expires=expiries, coins=st.integers(1, 100))
def test_what_expires_first_is_laid_first_and_no_coin_is_lost(
    live: list[Span], expires: datetime, coins: int
) -> None:
    start = live[0].serial_from if live else 0
    newcomer = Span(0, coins, ids.make(), 0, coins, expires=expires)
    laid = relaid(live, start=start, newcomer=newcomer)

    assert [span.expires for span in laid] == sorted(span.expires for span in laid)
    assert {(span.lot, span.lot_from, span.coins) for span in laid} == {
        (span.lot, span.lot_from, span.coins) for span in [*live, newcomer]
    }
    edges = [start, *(span.serial_to for span in laid)]
    assert [span.serial_from for span in laid] == edges[:-1]


def test_a_span_is_cut_where_its_coins_are_spent() -> None:
    span = Span(100, 150, ids.make(), 7, 60)
    spent, live = cut(span, 120)
    assert spent is not None
    assert (spent.serial_from, spent.serial_to, spent.lot_from) == (100, 120, 7)
    assert (live.serial_from, live.serial_to, live.lot_from) == (120, 150, 27)
    assert cut(span, 100) == (None, span)
    assert cut(span, 99) == (None, span)
    for spent_up in (150, 151):
        with pytest.raises(AssertionError):
            cut(span, spent_up)


@pytest.mark.parametrize("expires", [None, START])
def test_a_lot_is_laid_with_all_that_it_cost(expires: datetime | None) -> None:
    lot = Lot(
        account=10_000, id=ids.make(), seq=7, pool=Pool.PAID, coins=30, currency="USD", country="US",
        origin="sandbox", source=None, micro=300, tax_micro=20, fee_micro=10, expires=expires,
    )  # fmt: skip
    assert lot.laid(start=100) == Span(
        serial_from=100, serial_to=130, lot=lot.id, lot_from=0, lot_coins=30, micro=300,
        tax_micro=20, fee_micro=10, expires=expires or FOREVER, lot_seq=7,
    )  # fmt: skip


def test_pieces_of_a_lot_that_meet_again_become_one_span() -> None:
    """Coins that come back lie again before those that followed them, and other lots after them."""
    old, young = ids.make(), ids.make()
    first = Span(10, 15, old, 20, 60, lot_seq=1)
    second = Span(40, 50, old, 25, 60, lot_seq=1)
    third = Span(60, 62, old, 35, 60, lot_seq=1)
    later = Span(50, 60, young, 37, 60, lot_seq=2)
    assert laid_in_order([later, third, second, first], start=70) == [
        Span(70, 87, old, 20, 60, lot_seq=1),
        Span(87, 97, young, 37, 60, lot_seq=2),
    ]
    gap = Span(60, 62, old, 36, 60, lot_seq=1)
    assert [span.coins for span in laid_in_order([gap, first, second], start=0)] == [15, 2]


def test_the_older_of_two_lots_that_end_together_is_spent_first() -> None:
    young = Span(0, 5, ids.make(), 0, 5, lot_seq=2)
    old = Span(5, 9, ids.make(), 3, 7, lot_seq=1)
    soon = Span(9, 10, ids.make(), 0, 1, lot_seq=3, expires=START)
    laid = laid_in_order([young, old, soon], start=100)
    assert [(span.lot_seq, span.serial_from) for span in laid] == [(3, 100), (1, 101), (2, 105)]


@given(first=st.integers(90, 160), coins=st.integers(0, 70), back=st.booleans())
def test_coins_that_came_back_are_marked_one_by_one(first: int, coins: int, back: bool) -> None:
    end = first + coins
    span = Span(100, 150, ids.make(), 7, 60, micro=5, back=back)
    if first >= span.serial_to or end <= span.serial_from:
        return
    pieces = taken_back(span, first=first, end=end)
    assert len(pieces) <= 3
    seen = [
        (serial, piece.lot_from + serial - piece.serial_from, piece.back)
        for piece in pieces
        for serial in range(piece.serial_from, piece.serial_to)
    ]
    assert seen == [
        (serial, serial - 93, back or first <= serial < end) for serial in range(100, 150)
    ]
    assert {(piece.lot, piece.lot_coins, piece.micro) for piece in pieces} == {(span.lot, 60, 5)}
