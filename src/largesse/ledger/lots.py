"""Lots and spans: which serials of a purse were bought or granted together, and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from itertools import pairwise
from uuid import UUID

FOREVER = datetime.max.replace(tzinfo=UTC)


class Pool(IntEnum):
    """Paid, promo and prize coins have serial numbers of their own."""

    PAID = 1
    PROMO = 2
    PRIZE = 3


@dataclass(frozen=True, slots=True)
class Lot:
    """Coins that entered in one act, and what they cost. Money in micro, tax included."""

    account: int
    id: UUID
    seq: int
    pool: Pool
    coins: int
    currency: str
    country: str
    origin: str
    source: UUID | None
    micro: int = 0
    tax_micro: int = 0
    fee_micro: int = 0
    expires: datetime | None = None

    def laid(self, *, start: int) -> Span:
        """The span of all its coins, from serial `start` on."""
        return Span(
            serial_from=start,
            serial_to=start + self.coins,
            lot=self.id,
            lot_from=0,
            lot_coins=self.coins,
            micro=self.micro,
            tax_micro=self.tax_micro,
            fee_micro=self.fee_micro,
            expires=self.expires or FOREVER,
            lot_seq=self.seq,
        )


@dataclass(frozen=True, slots=True)
class Span:
    """The serials [serial_from, serial_to) belong to a lot, from its coin `lot_from` on.

    `back` marks serials whose coins went into escrow and came back with other serials;
    `returned` is the number of the act that brought these ones back, if one did.
    """

    serial_from: int
    serial_to: int
    lot: UUID
    lot_from: int
    lot_coins: int
    micro: int = 0
    tax_micro: int = 0
    fee_micro: int = 0
    expires: datetime = FOREVER
    lot_seq: int = 0
    back: bool = False
    returned: int | None = None

    @property
    def coins(self) -> int:
        """How many serials it covers."""
        return self.serial_to - self.serial_from

    def goes_on_in(self, other: Span) -> bool:
        """Whether the other one has the coins of the same lot that come right after these.

        Coins that have been in the purse since other moments stay apart.
        """
        return (
            self.lot == other.lot
            and self.lot_from + self.coins == other.lot_from
            and self.returned == other.returned
        )


def relaid(live: Sequence[Span], *, start: int, newcomer: Span) -> list[Span]:
    """Lay live spans and a new one again from serial `start`, soonest expiry first.

    Coins of the same expiry keep their order. Spent serials are not touched, so
    what past gifts were paid with stays true.
    """
    return laid_in_order([*live, newcomer], start=start)


def laid_in_order(spans: Sequence[Span], *, start: int) -> list[Span]:
    """Lay spans from serial `start` on: soonest expiry first, then the oldest lot, coin by coin.

    Pieces of a lot that meet again become one span.
    """
    laid: list[Span] = []
    at = start
    for span in sorted(spans, key=lambda span: (span.expires, span.lot_seq, span.lot_from)):
        if laid and laid[-1].goes_on_in(span):
            laid[-1] = replace(laid[-1], serial_to=at + span.coins)
        else:
            laid.append(replace(span, serial_from=at, serial_to=at + span.coins))
        at += span.coins
    return laid


def taken_back(span: Span, *, first: int, end: int) -> list[Span]:
    """A span in up to three pieces, of which the serials [first, end) are marked as come back."""
    edges = sorted(
        {span.serial_from, max(first, span.serial_from), min(end, span.serial_to), span.serial_to}
    )
    return [
        replace(
            span,
            serial_from=left,
            serial_to=right,
            lot_from=span.lot_from + left - span.serial_from,
            back=span.back or first <= left < end,
        )
        for left, right in pairwise(edges)
    ]


def cut(span: Span, at: int) -> tuple[Span | None, Span]:
    """Split a span into the serials before `at`, which are spent, and those still live."""
    if span.serial_from >= at:
        return None, span
    assert at < span.serial_to
    spent = replace(span, serial_to=at)
    live = replace(span, serial_from=at, lot_from=span.lot_from + at - span.serial_from)
    return spent, live
