"""A creator's earnings and received gifts."""

from __future__ import annotations

import msgspec
from litestar import get

from largesse.creators.earnings import earnings
from largesse.gifts import Rates, ReceivedGiftShown, received, received_shown
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.money import Price, micro
from largesse.kernel.paging import Page, cursor, limited, position
from largesse.people import Viewer


class Worth(msgspec.Struct, frozen=True):
    """Diamonds and what they are worth at today's stated rate."""

    diamonds: int
    worth: Price


class EarningsShown(msgspec.Struct, frozen=True):
    """`pending`, `available`, `withdrawing` and `paid` count diamonds.

    `estimated` still waits for its clearing window and may shrink by refunds;
    `final` cannot any more.
    """

    pending: int
    available: int
    withdrawing: int
    paid: int
    estimated: Worth
    final: Worth
    diamond_rate: Price
    gifts: list[ReceivedGiftShown]


@get("/v1/creators/me/earnings", tags=["creators"])
async def read_earnings(
    viewer: Viewer, database: Database, rates: Rates, clock: Clock
) -> EarningsShown:
    """What one earned, with the split of the newest gifts."""
    earned = await earnings(database, rates, clock, creator=viewer)
    async with database.read() as connection:
        newest = await received(connection, creator=viewer.no, before_seq=None, limit=20)

    def worth(diamonds: int) -> Worth:
        return Worth(diamonds, micro(diamonds * earned.diamond_micro, earned.currency))

    return EarningsShown(
        pending=earned.pending,
        available=earned.available,
        withdrawing=earned.withdrawing,
        paid=earned.paid,
        estimated=worth(earned.pending),
        final=worth(earned.available),
        diamond_rate=micro(earned.diamond_micro, earned.currency),
        gifts=[received_shown(gift) for gift in newest],
    )


@get("/v1/creators/me/gifts", tags=["creators"])
async def read_received(
    viewer: Viewer, database: Database, limit: int | None = None, after: str | None = None
) -> Page[ReceivedGiftShown]:
    """Every gift one received, newest first, each with its split."""
    wanted = limited(limit)
    before = position(after)
    async with database.read() as connection:
        found = await received(connection, creator=viewer.no, before_seq=before, limit=wanted + 1)
    shown = found[:wanted]
    more = cursor(shown[-1].seq) if len(found) > wanted else None
    return Page([received_shown(gift) for gift in shown], more)


routes = [read_earnings, read_received]
