"""Lots and spans: which serials of a purse were bought or granted together, and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from uuid import UUID

FOREVER = datetime.max.replace(tzinfo=UTC)


class Pool(IntEnum):
    """Paid and promo coins have serial numbers of their own."""

    PAID = 1
    PROMO = 2


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
        )


@dataclass(frozen=True, slots=True)
class Span:
    """The serials [serial_from, serial_to) belong to a lot, from its coin `lot_from` on."""

    serial_from: int
    serial_to: int
    lot: UUID
    lot_from: int
    lot_coins: int
    micro: int = 0
    tax_micro: int = 0
    fee_micro: int = 0
    expires: datetime = FOREVER

    @property
    def coins(self) -> int:
        """How many serials it covers."""
        return self.serial_to - self.serial_from


def relaid(live: Sequence[Span], *, start: int, newcomer: Span) -> list[Span]:
    """Lay live spans and a new one again from serial `start`, soonest expiry first.

    Coins of the same expiry keep their order. Spent serials are not touched, so
    what past gifts were paid with stays true.
    """
    assert sum(span.coins for span in live) >= 0
    at = start
    spans = []
    for span in sorted([*live, newcomer], key=lambda span: span.expires):
        spans.append(replace(span, serial_from=at, serial_to=at + span.coins))
        at += span.coins
    return spans


def cut(span: Span, at: int) -> tuple[Span | None, Span]:
    """Split a span into the serials before `at`, which are spent, and those still live."""
    if span.serial_from >= at:
        return None, span
    assert at < span.serial_to
    spent = replace(span, serial_to=at)
    live = replace(span, serial_from=at, lot_from=span.lot_from + at - span.serial_from)
    return spent, live
