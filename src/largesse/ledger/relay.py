"""Lay coins that come back from escrow among those of their old lots."""

from __future__ import annotations

from dataclasses import replace

from largesse.kernel.database import Connection
from largesse.ledger import lot_store
from largesse.ledger.escrow_model import Part, Serials
from largesse.ledger.laying import lay_again
from largesse.ledger.lots import FOREVER, Pool, Span, cut, laid_in_order, taken_back
from largesse.ledger.store import PurseRow


async def lay_back(connection: Connection, purse: PurseRow, part: Part, *, seq: int) -> PurseRow:
    """Give the coins of an escrow new serials, in the place that they had before they left.

    Promo coins lie by their expiry, prize and paid ones by age, so those that come
    back are spent before what was bought after them. `seq` is the act that brings them
    back. Returns the purse as it is then.
    """
    account = purse.account
    promo = await _laid(connection, account, Pool.PROMO, (part.promo, purse.promo_out), seq=seq)
    await _laid(connection, account, Pool.PRIZE, (part.prize, purse.prize_out), seq=seq)
    await _laid(connection, account, Pool.PAID, (part.paid, purse.paid_out), seq=seq)
    soonest = min([purse.promo_until or FOREVER, *(span.expires for span in promo)])
    purse = replace(
        purse,
        promo_in=purse.promo_in + part.promo.coins,
        prize_in=purse.prize_in + part.prize.coins,
        paid_in=purse.paid_in + part.paid.coins,
        promo_until=None if soonest == FOREVER else soonest,
    )
    # Coins that a refund or a dispute is about stay behind all others.
    if purse.held_paid:
        purse = await lay_again(connection, purse, Pool.PAID)
    return await lay_again(connection, purse, Pool.PROMO) if purse.held_promo else purse


async def _laid(
    connection: Connection, account: int, pool: Pool, where: tuple[Serials, int], *, seq: int
) -> list[Span]:
    """Mark the old serials as come back and lay the live spans again; returns what came back."""
    (first, end), out = where
    if first == end:
        return []
    lifted = await lot_store.lifted_spans(
        connection, account=account, pool=pool, first=first, end=end
    )
    pieces = [piece for span in lifted for piece in taken_back(span, first=first, end=end)]
    await lot_store.add_spans(connection, account=account, pool=pool, spans=pieces)
    back = [
        replace(piece, back=False, returned=seq)
        for piece in pieces
        if first <= piece.serial_from < end
    ]
    assert sum(span.coins for span in back) == end - first, "every coin knows its lot"

    live = await lot_store.live_spans(connection, account=account, pool=pool, serial=out)
    await lot_store.lift_spans(connection, account=account, pool=pool, serial=out)
    spans = []
    if live:
        spent, live[0] = cut(live[0], out)
        spans = [spent] if spent is not None else []
    spans += laid_in_order([*live, *back], start=out)
    await lot_store.add_spans(connection, account=account, pool=pool, spans=spans)
    return back
