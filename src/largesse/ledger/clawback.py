"""Take back from creators what coins earned them that turned out not to be paid (J7).

Which gifts those coins paid for is a range of serials laid over the journals. Pending
diamonds are locked by nobody, so what is still pending is found under the creator's own
row, which maturing takes too: an hour's diamonds less those that matured or were clawed
back before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import NUMERIC
from largesse.ledger import creator_store, sale_store, store
from largesse.ledger.chart import DIAMOND, HOUSE, Kind, Shape, account
from largesse.ledger.claims_model import (
    LOSSES,
    PAYABLE,
    Clawback,
    Decision,
    Sale,
    minor_unit,
)
from largesse.ledger.legs import pair
from largesse.ledger.rules import digest, part
from largesse.ledger.sale_store import Portion
from largesse.ledger.store import JournalRow


@dataclass(slots=True)
class Claim:
    """What is taken back from one creator: from which hours, what from elsewhere, its worth in micro."""

    pending: dict[int, int]
    matured: int = 0
    micro: int = 0

    @property
    def diamonds(self) -> int:
        """All of it."""
        return sum(self.pending.values()) + self.matured


async def claw_back(
    connection: Connection, sale: Sale, *, decision: Decision, clawback: Clawback
) -> int:
    """Take back what a recharge's coins earned creators; returns the diamonds.

    One journal a creator, in the order of their numbers. What had matured is taken from
    what can be withdrawn and then owed, but only where `clawback` says ALL.
    """
    if clawback is Clawback.NOTHING:
        return 0
    portions = await sale_store.portions(connection, account=sale.account, source=sale.source)
    taken = 0
    for creator, own in groupby(portions, key=lambda portion: portion.party):
        taken += await _from_creator(
            connection, creator, list(own), sale=sale, decision=decision, clawback=clawback
        )
    return taken


def claimed(portions: Sequence[Portion], left: dict[int, int], *, matured_too: bool) -> Claim:
    """What these portions come to, given how much each hour has pending.

    A portion of an act carries the floor of its share; the portions of an act add up to it.
    """
    claim = Claim({})
    left = dict(left)
    for portion in portions:
        diamonds = part(portion.diamonds, coins=portion.coins, upto=portion.b) - part(
            portion.diamonds, coins=portion.coins, upto=portion.a
        )
        pending = min(diamonds, left.get(portion.hour, 0))
        matured = diamonds - pending if matured_too else 0
        if pending:
            left[portion.hour] -= pending
            claim.pending[portion.hour] = claim.pending.get(portion.hour, 0) + pending
        claim.matured += matured
        claim.micro += (pending + matured) * portion.rate
    return claim


async def _from_creator(
    connection: Connection,
    creator: int,
    portions: list[Portion],
    *,
    sale: Sale,
    decision: Decision,
    clawback: Clawback,
) -> int:
    row = await creator_store.lock_creator(connection, creator)
    hours = sorted({portion.hour for portion in portions})
    left = await creator_store.pending_by_hour(connection, creator=creator, hours=hours)
    claim = claimed(portions, left, matured_too=clawback is Clawback.ALL)
    if not claim.diamonds:
        return 0
    await creator_store.claw(connection, creator=creator, hours=claim.pending)
    from_available = min(row.available, claim.matured)
    owed = claim.matured - from_available
    legs = pair(
        [
            (account(creator, 200), sum(claim.pending.values())),
            (account(creator, 210), from_available),
            (account(creator, 290), owed),
        ],
        [(account(HOUSE, Kind.DIAMONDS_CLAWED_BACK), claim.diamonds)],
        asset=DIAMOND,
    )
    worth = claim.micro // minor_unit(sale.currency)
    legs += pair([(PAYABLE, worth)], [(LOSSES, worth)], asset=NUMERIC[sale.currency])
    journal = JournalRow(
        account=creator,
        seq=await store.next_seq(connection),
        id=ids.make(),
        at=decision.at,
        key=digest(b"clawback:" + decision.on.bytes),
        body=digest(decision.on.bytes),
        kind=Kind.DIAMONDS_CLAWED_BACK,
        shape=Shape.OTHER,
        balance=0,
    )
    await store.add_journal(connection, journal, legs)
    await creator_store.move(connection, creator=creator, available=-from_available, debt=owed)
    return claim.diamonds
