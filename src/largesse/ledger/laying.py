"""Set certain coins of a purse aside, let them go, or give them back, by laying live spans again.

Serials say in which order coins leave, so certain coins can leave only when they lie
first, and can be kept only when they lie last. Spent serials are never touched. The
caller holds the purse's lock and writes the purse that comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.ledger import earmark_store, hold_store, lot_store, sale_store, store
from largesse.ledger.chart import Kind
from largesse.ledger.claims_model import Cost, Sale
from largesse.ledger.earmarks import Earmark, arranged, free_of, joined, last_of
from largesse.ledger.lots import FOREVER, Pool, Span, cut
from largesse.ledger.model import Hold, HoldState, OnExpiry
from largesse.ledger.store import PurseRow


async def lay_again(
    connection: Connection, purse: PurseRow, pool: Pool, *, leaving: Sequence[Earmark] = ()
) -> PurseRow:
    """Lay the live coins of a pool in their one right order, where they do not lie so already."""
    out = _out(purse, pool)
    live = await lot_store.live_spans(connection, account=purse.account, pool=pool, serial=out)
    spent = None
    if live:
        spent, live[0] = cut(live[0], out)
    marks = await earmark_store.open_earmarks(connection, account=purse.account, pool=pool)
    kept = [mark for mark in marks if mark not in leaving]
    laid = arranged(live, start=out, leaving=leaving, kept=kept)
    if laid != live:
        await lot_store.lift_spans(connection, account=purse.account, pool=pool, serial=out)
        spans = laid if spent is None else joined([spent, *laid])
        await lot_store.add_spans(connection, account=purse.account, pool=pool, spans=spans)
    if pool is not Pool.PROMO:
        return purse
    first = out + sum(mark.coins for mark in leaving)
    upto = purse.promo_in - sum(mark.coins for mark in kept)
    free = [span for span in laid if span.serial_to > first and span.serial_from < upto]
    return replace(purse, promo_until=_soonest(free))


async def unspent(connection: Connection, purse: PurseRow, sale: Sale) -> list[Earmark]:
    """The coins of a recharge and of its bonus that are still free, as far as the purse has them.

    Coins that other holds were promised are taken from other lots, while there are any.
    """
    found = []
    for pool, free in ((Pool.PAID, purse.paid), (Pool.PROMO, purse.promo)):
        lots = await sale_store.lots_of(
            connection, account=purse.account, source=sale.source, pool=pool
        )
        out = _out(purse, pool)
        live = await lot_store.live_spans(connection, account=purse.account, pool=pool, serial=out)
        if live:
            _, live[0] = cut(live[0], out)
        kept = await earmark_store.open_earmarks(connection, account=purse.account, pool=pool)
        own = [span for span in free_of(live, kept) if span.lot in lots]
        coins = min(free, sum(span.coins for span in own))
        found += last_of(own, coins, pool=pool)
    return found


async def set_aside(
    connection: Connection, purse: PurseRow, hold: Hold, earmarks: Sequence[Earmark]
) -> PurseRow:
    """Put certain coins on hold, behind all others, until the hold is decided."""
    await hold_store.add_hold(connection, hold)
    await earmark_store.add_earmarks(
        connection, account=purse.account, hold=hold.id, earmarks=earmarks
    )
    purse = replace(
        purse, held_paid=purse.held_paid + hold.paid, held_promo=purse.held_promo + hold.promo
    )
    return await _both(connection, purse)


async def bring_forward(
    connection: Connection, purse: PurseRow, earmarks: Sequence[Earmark]
) -> tuple[PurseRow, Cost]:
    """Lay certain coins first, for the act that takes them next; returns what they cost."""
    purse = await _both(connection, purse, leaving=earmarks)
    return purse, await cost_of_next(connection, purse, coins_in(earmarks, Pool.PAID))


async def give_back(connection: Connection, purse: PurseRow, hold: Hold, *, seq: int) -> PurseRow:
    """End a hold of certain coins: they are back in the place that they had."""
    await hold_store.close(connection, hold, state=HoldState.VOIDED, seq=seq)
    purse = replace(
        purse, held_paid=purse.held_paid - hold.paid, held_promo=purse.held_promo - hold.promo
    )
    return await _both(connection, purse)


async def cost_of_next(connection: Connection, purse: PurseRow, paid: int) -> Cost:
    """What the next paid coins cost."""
    micro, tax, fee = await store.basis(
        connection,
        account=purse.account,
        from_serial=purse.paid_out,
        to_serial=purse.paid_out + paid,
    )
    return Cost(micro, tax, fee)


def coins_in(earmarks: Sequence[Earmark], pool: Pool) -> int:
    """How many coins of a pool these are."""
    return sum(mark.coins for mark in earmarks if mark.pool is pool)


def certain_hold(
    *, act: UUID, seq: int, at: datetime, kind: Kind, sale: Sale, earmarks: Sequence[Earmark]
) -> Hold:
    """A hold about certain coins. No clock ends it: only who moved the money knows how it ended."""
    return Hold(
        account=sale.account,
        id=act,
        seq=seq,
        at=at,
        kind=kind,
        promo=coins_in(earmarks, Pool.PROMO),
        prize=0,
        paid=coins_in(earmarks, Pool.PAID),
        micro=0,
        party=sale.party,
        diamonds=0,
        on_expiry=OnExpiry.VOID,
        due=FOREVER,
        state=HoldState.OPEN,
    )


async def _both(
    connection: Connection, purse: PurseRow, *, leaving: Sequence[Earmark] = ()
) -> PurseRow:
    for pool in (Pool.PAID, Pool.PROMO):
        own = [mark for mark in leaving if mark.pool is pool]
        purse = await lay_again(connection, purse, pool, leaving=own)
    return purse


def _out(purse: PurseRow, pool: Pool) -> int:
    return purse.paid_out if pool is Pool.PAID else purse.promo_out


def _soonest(free: Sequence[Span]) -> datetime | None:
    soonest = min((span.expires for span in free), default=FOREVER)
    return None if soonest == FOREVER else soonest
