"""Book the real money of what was spent: the fiat legs of journals J3 and J4, rolled up.

A gift writes no money legs: its journal says what its coins cost, what its diamonds
are worth, and that is enough. This job follows the horizon, adds up what spends
(and posted holds) released by currency, and books one journal a currency:

    Dr 400 deferred revenue            what the coins cost, less the tax that J1 set aside
    Dr 604 cost of promo coins         what the house adds for diamonds worth more than that
        Cr 410 payable to creators     the diamonds at the rate they were given for
        Cr 500.. revenue by kind       the rest; the provider's fees are an expense (600)

Spends and posted holds only: a void moves no money, and a refund, chargeback, escrow
or forfeiture books its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from largesse.kernel import ids
from largesse.kernel.database import Connection, Database
from largesse.kernel.money import MICRO_PLACES, NUMERIC, exponent
from largesse.ledger import spends_store
from largesse.ledger.book import book
from largesse.ledger.chart import HOUSE, Kind, account
from largesse.ledger.flows import PROMOTION, SHARE, Flow, revenue, to_book
from largesse.ledger.model import Booking, Leg
from largesse.ledger.spends_store import Released

# One transaction takes so many journal numbers: about a second of work, in little memory.
NUMBERS_A_STEP = 200_000
# A run works a backlog off by so much at the most, and leaves the rest to the next one.
STEPS_A_RUN = 20


async def book_spends(
    database: Database, *, at: datetime, numbers: int = NUMBERS_A_STEP, steps: int = STEPS_A_RUN
) -> int:
    """Book what was spent up to the horizon; returns how many journal numbers were passed.

    Each step's position moves in the transaction of its journals, so a crash repeats
    nothing and leaves nothing out. One worker books, others skip.
    """
    passed = 0
    for _ in range(steps):
        async with database.work() as connection:
            moved = await _step(connection, at=at, numbers=numbers)
        passed += moved
        if moved < numbers:
            break
    return passed


async def _step(connection: Connection, *, at: datetime, numbers: int) -> int:
    reach = await spends_store.reach(connection)
    if reach is None or reach.folded <= reach.booked:
        return 0
    upto = min(reach.folded, reach.booked + numbers)
    released = await spends_store.released(connection, after=reach.booked, upto=upto)
    for currency, flows in sorted(_by_currency(released).items()):
        await _book(connection, currency, flows, upto=upto, at=at)
    await spends_store.advance(connection, upto=upto)
    return upto - reach.booked


def _by_currency(released: Sequence[Released]) -> dict[str, dict[Flow, int]]:
    found: dict[str, dict[Flow, int]] = defaultdict(lambda: defaultdict(int))
    for part in released:
        flows = found[part.currency]
        flows[SHARE] += part.share
        flows[PROMOTION] += part.promotion
        flows[revenue(Kind(part.kind))] += part.revenue
    return found


async def _book(
    connection: Connection, currency: str, flows: dict[Flow, int], *, upto: int, at: datetime
) -> None:
    before = await spends_store.totals(connection, currency)
    after = {flow: before.get(flow, 0) + flows.get(flow, 0) for flow in {*before, *flows}}
    unit = 10 ** (MICRO_PLACES - exponent(currency))
    await spends_store.add_totals(connection, currency, flows)
    legs = tuple(
        Leg(account(HOUSE, flow.debit), account(HOUSE, flow.credit), amount, NUMERIC[currency])
        for flow, amount in to_book(before, after, unit=unit)
    )
    if not legs:
        return
    order = Booking(
        id=ids.make(),
        account=HOUSE,
        key=f"spends:{currency}:{upto}",
        body=str(upto).encode(),
        kind=Kind.SPENDS_BOOKED,
        at=at,
        legs=legs,
    )
    await book(connection, order)
