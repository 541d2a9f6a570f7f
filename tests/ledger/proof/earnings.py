"""What becomes of diamonds, and of the money that gifts set free (J3, J8)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tests.ledger.proof.coins import UNIT, Refused
from tests.ledger.proof.world import (
    ASSET,
    AVAILABLE,
    DIAMOND,
    DIAMONDS_OWED,
    OTHER,
    PENDING,
    POST,
    RELEASE,
    SPEND,
    WITHDRAWING,
    Act,
    Creator,
    World,
)

MATURED, REQUESTED, PAID_OUT, RETURNED, REJECTED, BOOKED = 210, 220, 260, 410, 411, 400
REVENUE = {160: 500, 161: 501, 162: 502, 163: 503, 164: 503, 165: 505}
_NOT_NOW = {
    "requested": "PayoutPending",
    "paid": "PayoutPaid",
    "rejected": "PayoutRejected",
    "returned": "PayoutReturned",
}


def mature(world: World, creator: Creator, *, until: datetime) -> int:
    """Hours whose youngest act is old enough; only what the horizon has passed counts."""
    ripe = 0
    for hour in creator.hours.values():
        seen = [act for act in hour.acts if act.seq <= world.folded]
        left = sum(act.diamonds for act in seen) - hour.matured - hour.clawed
        if left > 0 and max(act.at for act in seen) <= until:
            hour.matured += left
            ripe += left
    if not ripe:
        return 0
    act = Act(creator.party, MATURED, OTHER, world.now)
    act.debit(creator.party * 1000 + PENDING, ripe, DIAMOND)
    _arrive(act, creator, ripe)
    world.write(act)
    return ripe


def _arrive(act: Act, creator: Creator, diamonds: int) -> None:
    """Who owes diamonds pays first; the rest can be withdrawn."""
    owed = min(creator.debt, diamonds)
    creator.debt -= owed
    creator.available += diamonds - owed
    act.credit(creator.party * 1000 + DIAMONDS_OWED, owed, DIAMOND)
    act.credit(creator.party * 1000 + AVAILABLE, diamonds - owed, DIAMOND)


@dataclass(eq=False)
class Payout:
    """A withdrawal; money in minor units."""

    id: UUID
    creator: Creator
    currency: str
    diamonds: int
    amount: int
    fee: int
    withheld: int
    state: str = "requested"

    @property
    def parts(self) -> dict[int, int]:
        return {1300: self.amount - self.fee - self.withheld, 1504: self.fee, 1412: self.withheld}


def request(world: World, made: Payout) -> Act:
    creator = made.creator
    if creator.available < made.diamonds:
        raise Refused("InsufficientDiamonds")
    creator.available -= made.diamonds
    creator.withdrawing += made.diamonds
    creator.payouts.append(made)
    party = creator.party * 1000
    act = Act(creator.party, REQUESTED, OTHER, world.now, currency=made.currency)
    act.move(party + AVAILABLE, party + WITHDRAWING, made.diamonds, DIAMOND)
    act.pay({1410: made.amount}, {party + 411: made.amount})
    return world.write(act)


def decide(world: World, made: Payout, word: str) -> Act:
    """Paid, rejected, or returned after it was paid."""
    if made.state != ("paid" if word == "returned" else "requested"):
        raise Refused(_NOT_NOW[made.state])
    made.state = word
    creator, party = made.creator, made.creator.party * 1000
    kind = {"paid": PAID_OUT, "rejected": REJECTED, "returned": RETURNED}[word]
    act = Act(creator.party, kind, OTHER, world.now, currency=made.currency)
    if word == "returned":
        creator.redeemed -= made.diamonds
        act.debit(1260, made.diamonds, DIAMOND)
        _arrive(act, creator, made.diamonds)
        act.pay(made.parts, {1410: made.amount})
        return world.write(act)
    creator.withdrawing -= made.diamonds
    act.debit(party + WITHDRAWING, made.diamonds, DIAMOND)
    if word == "paid":
        creator.redeemed += made.diamonds
        act.credit(1260, made.diamonds, DIAMOND)
        act.pay({party + 411: made.amount}, made.parts)
    else:
        _arrive(act, creator, made.diamonds)
        act.pay({party + 411: made.amount}, {1410: made.amount})
    return world.write(act)


def released(act: Act) -> dict[tuple[int, int], int]:
    """The micro that an act sets free: from which account of the house to which."""
    if act.shape not in {SPEND, POST, RELEASE} or act.kind not in REVENUE:
        return {}
    worth = act.diamonds * (act.rate or 0)
    share = max(min(worth, act.cost.net - act.cost.fee), 0)
    return {
        (1400, 1410): share,
        (1604, 1410): worth - share,
        (1400, 1000 + REVENUE[act.kind]): act.cost.net - share,
    }


def whole(totals: dict[tuple[int, int], int], unit: int) -> Counter[tuple[int, int]]:
    """Whole minor units of what was released since ever. What leaves 400 in the order of its targets,
    410 first, is rounded down as one sum; 410 is too.
    """
    found: Counter[tuple[int, int]] = Counter()
    share = totals.get((1400, 1410), 0)
    found[1604, 1410] = (share + totals.get((1604, 1410), 0)) // unit - share // unit
    sum_before = 0
    for flow in sorted(flow for flow in totals if flow[0] == 1400):
        found[flow] = (sum_before + totals[flow]) // unit - sum_before // unit
        sum_before += totals[flow]
    return found


def book_spends(world: World) -> None:
    """Book what the horizon passed since the last time: one act a currency, whole minor units only."""
    new = [act for act in world.acts if world.booked < act.seq <= world.folded and released(act)]
    world.booked = max(world.booked, world.folded)
    for currency in sorted({act.currency for act in new}):
        before = _totals(world, currency)
        for act in new:
            if act.currency == currency:
                for (debit, credit), micro in released(act).items():
                    world.released[currency, debit, credit] += micro
        after = whole(_totals(world, currency), UNIT[currency])
        after.subtract(whole(before, UNIT[currency]))
        booked = Act(1, BOOKED, OTHER, world.now, currency=currency)
        for (debit, credit), amount in after.items():
            if amount > 0:
                booked.move(debit, credit, amount, ASSET[currency])
            else:
                booked.move(credit, debit, -amount, ASSET[currency])
        if any(after.values()):
            world.write(booked)


def _totals(world: World, currency: str) -> dict[tuple[int, int], int]:
    return {
        (debit, credit): micro
        for (of, debit, credit), micro in world.released.items()
        if of == currency
    }
