"""Certain coins set aside: which places of a lot, and how live coins lie because of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from largesse.ledger.lots import Pool, Span


@dataclass(frozen=True, slots=True)
class Earmark:
    """The places [lot_from, lot_to) of a lot, set aside for one hold."""

    pool: Pool
    lot: UUID
    lot_from: int
    lot_to: int

    @property
    def coins(self) -> int:
        """How many coins it covers."""
        return self.lot_to - self.lot_from


def arranged(
    live: Sequence[Span],
    *,
    start: int,
    leaving: Sequence[Earmark] = (),
    kept: Sequence[Earmark] = (),
) -> list[Span]:
    """Lay live spans again from serial `start`: coins that leave, free coins, earmarked coins.

    Inside these, what expires first comes first, and else what came first: so coins
    whose earmark is lifted are back in the very place that they had. Spent serials
    are not touched, so what past gifts were paid with stays true.
    """
    pieces = [
        (0 if _within(piece, leaving) else 2 if _within(piece, kept) else 1, piece)
        for piece in cut_by(live, [*leaving, *kept])
    ]
    pieces.sort(key=lambda one: (one[0], one[1].expires, one[1].lot_seq, one[1].lot_from))
    laid, at = [], start
    for _, piece in pieces:
        laid.append(replace(piece, serial_from=at, serial_to=at + piece.coins))
        at += piece.coins
    return joined(laid)


def free_of(live: Sequence[Span], kept: Sequence[Earmark]) -> list[Span]:
    """The pieces of live spans that no earmark covers, in their order."""
    return [piece for piece in cut_by(live, kept) if not _within(piece, kept)]


def last_of(spans: Sequence[Span], coins: int, *, pool: Pool) -> list[Earmark]:
    """Earmarks for so many coins, from the last one backwards: the first would be spent first."""
    found = []
    for span in reversed(spans):
        taken = min(span.coins, coins)
        if taken:
            upto = span.lot_from + span.coins
            found.append(Earmark(pool, span.lot, upto - taken, upto))
            coins -= taken
    assert coins == 0, "there are so many coins"
    return found


def cut_by(spans: Sequence[Span], earmarks: Sequence[Earmark]) -> list[Span]:
    """The same coins in pieces, each inside an earmark or outside of all."""
    edges: dict[UUID, set[int]] = {}
    for mark in earmarks:
        edges.setdefault(mark.lot, set()).update((mark.lot_from, mark.lot_to))
    pieces = []
    for span in spans:
        upto = span.lot_from + span.coins
        inside = sorted(edge for edge in edges.get(span.lot, ()) if span.lot_from < edge < upto)
        for first, last in zip([span.lot_from, *inside], [*inside, upto], strict=True):
            at = span.serial_from + first - span.lot_from
            pieces.append(
                replace(span, serial_from=at, serial_to=at + last - first, lot_from=first)
            )
    return pieces


def joined(spans: Sequence[Span]) -> list[Span]:
    """The same coins in as few spans as can be."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        if (
            last is not None
            and last.goes_on_in(span)
            and last.serial_to == span.serial_from
            and last.back == span.back
        ):
            found[-1] = replace(last, serial_to=span.serial_to)
        else:
            found.append(span)
    return found


def _within(piece: Span, earmarks: Sequence[Earmark]) -> bool:
    return any(
        mark.lot == piece.lot
        and mark.lot_from <= piece.lot_from
        and piece.lot_from + piece.coins <= mark.lot_to
        for mark in earmarks
    )
