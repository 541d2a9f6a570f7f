"""Which coins of an escrow come next: promo, then prize, then paid, each once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel import ids
from largesse.ledger.chart import Kind
from largesse.ledger.escrow_model import Escrow, EscrowState, Part, Serials

sizes = st.integers(0, 12)


def escrow(*, promo: int, prize: int, paid: int, used: int) -> Escrow:
    """Coins whose serials begin at 100, 200 and 300."""
    return Escrow(
        account=10_000, id=ids.make(), holder=10_000, seq=1, at=datetime(2026, 1, 1, tzinfo=UTC),
        kind=Kind.MEMBERSHIP, promo=promo, prize=prize, paid=paid, promo_from=100, prize_from=200,
        paid_from=300, used=used, micro=0, tax_micro=0, fee_micro=0, state=EscrowState.OPEN,
    )  # fmt: skip


def serials(part: Part) -> list[int]:
    """Every coin by its serial; the pools' serials do not meet here."""
    return [serial for pool in part for serial in range(pool.first, pool.end)]


def test_the_next_coins_go_over_the_edges_of_the_pools() -> None:
    found = escrow(promo=3, prize=2, paid=4, used=2).next_coins(4)
    assert found == Part(Serials(102, 103), Serials(200, 202), Serials(300, 301))
    assert [pool.coins for pool in found] == [1, 2, 1]


@given(promo=sizes, prize=sizes, paid=sizes, data=st.data())
def test_however_often_it_is_spent_each_coin_leaves_once_and_in_order(
    promo: int, prize: int, paid: int, data: st.DataObject
) -> None:
    every = [*range(100, 100 + promo), *range(200, 200 + prize), *range(300, 300 + paid)]
    used, left = 0, []
    while used < len(every):
        now = escrow(promo=promo, prize=prize, paid=paid, used=used)
        assert (now.coins, now.left) == (len(every), len(every) - used)
        coins = data.draw(st.integers(1, now.left))
        left += serials(now.next_coins(coins))
        used += coins
    assert left == every


def test_no_coins_are_no_serials_and_more_than_all_is_our_own_mistake() -> None:
    full = escrow(promo=1, prize=1, paid=1, used=0)
    assert serials(full.next_coins(0)) == []
    assert serials(full.next_coins(3)) == [100, 200, 300]
    for wrong in (-1, 4):
        with pytest.raises(AssertionError):
            full.next_coins(wrong)
