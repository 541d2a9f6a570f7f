"""Legs of a journal from its sides: what is taken where, and what is given where."""

from __future__ import annotations

from collections.abc import Sequence

from largesse.ledger.model import Leg

Side = Sequence[tuple[int, int]]
"""Ledger accounts, each with an amount; those with nothing are left out."""


def pair(debits: Side, credits_: Side, *, asset: int) -> list[Leg]:
    """Transfers that take the debits and give the credits; both sides must come to the same.

    Each transfer balances by itself, so a journal of several sides is as many legs as
    it takes to empty them in order.
    """
    takes = [[number, amount] for number, amount in debits if amount]
    gives = [[number, amount] for number, amount in credits_ if amount]
    assert all(amount > 0 for _, amount in [*takes, *gives]), "a side has no negative amount"
    legs = []
    while takes and gives:
        amount = min(takes[0][1], gives[0][1])
        legs.append(Leg(takes[0][0], gives[0][0], amount, asset))
        for side in (takes, gives):
            side[0][1] -= amount
            if side[0][1] == 0:
                side.pop(0)
    assert not takes, "both sides of a journal come to the same"
    assert not gives, "both sides of a journal come to the same"
    return legs
