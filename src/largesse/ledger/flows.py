"""Which real money a spend moves, and how its millionths become whole minor units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from largesse.ledger.chart import Kind


class Flow(NamedTuple):
    """Money that goes from one of the house's accounts to another, by their chart codes."""

    debit: int
    credit: int


SHARE = Flow(400, 410)
"""What the creator is owed of the buyer's money."""
PROMOTION = Flow(604, 410)
"""What the house adds to it, because the diamonds are worth more than the money that came in."""

REVENUE_OF = {
    Kind.GIFT: 500,
    Kind.HIGHLIGHT: 501,
    Kind.MEMBERSHIP: 502,
    Kind.EVENT_FEE: 503,
    Kind.PRIZE: 503,
    Kind.UNLOCK: 505,
}
"""Where the rest of the buyer's money is earned; every kind that spends has its line."""


def revenue(kind: Kind) -> Flow:
    """What the house earns by a spend of this kind."""
    return Flow(SHARE.debit, REVENUE_OF[kind])


def whole(totals: Mapping[Flow, int], *, unit: int) -> dict[Flow, int]:
    """The whole minor units that stand for everything released so far in one currency.

    `totals` are micro since ever, `unit` is the micro of one minor unit. What leaves
    deferred revenue (400) and what is owed to creators (410) are each the total,
    rounded down; the flows between are differences of such, so each is less than one
    unit from its own total. All telescopes: a remainder is never lost, only later.
    """
    share = totals.get(SHARE, 0)
    reached = share
    found = {SHARE: share // unit}
    earned = sorted(flow for flow in totals if flow.debit == SHARE.debit and flow != SHARE)
    for flow in earned:
        found[flow] = (reached + totals[flow]) // unit - reached // unit
        reached += totals[flow]
    found[PROMOTION] = (share + totals.get(PROMOTION, 0)) // unit - share // unit
    return found


def to_book(
    before: Mapping[Flow, int], after: Mapping[Flow, int], *, unit: int
) -> list[tuple[Flow, int]]:
    """The legs that bring the books from one state of the totals to a later one.

    Both ends of the chain being exact, a part between them may have been booked one
    unit too early: then that unit goes back, as a leg from credit to debit.
    """
    booked = whole(before, unit=unit)
    legs = []
    for flow, amount in sorted(whole(after, unit=unit).items()):
        change = amount - booked.get(flow, 0)
        if change > 0:
            legs.append((flow, change))
        elif change < 0:
            legs.append((Flow(flow.credit, flow.debit), -change))
    return legs
