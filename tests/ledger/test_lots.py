from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel import ids
from largesse.ledger.lots import Span, cut, relaid

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
