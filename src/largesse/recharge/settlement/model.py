"""What a line of a settlement file says about an order of ours: pure rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from largesse.kernel.money import NUMERIC, Money
from largesse.ledger import HOUSE, Leg, Seller, account
from largesse.payments import LineKind, ReportLine

# Lines about one payment; the others are about the account as a whole.
OF_A_PAYMENT = frozenset(
    {LineKind.PAYMENT, LineKind.REFUND, LineKind.DISPUTE, LineKind.DISPUTE_WON}
)
_CASH = account(HOUSE, 300)
_FEES = account(HOUSE, 600)
_EXCHANGE = account(HOUSE, 606)


class Verdict(StrEnum):
    """What came of a line: as we have it, not quite so, or unknown to us."""

    MATCHED = "matched"
    DIFFERENT = "different"
    EXTRA = "extra"


# How often a product was sold, and for how much together, by product and currency.
Sales = dict[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class KnownPayment:
    """A payment that we credited: what its order asked for, and what went back since."""

    recharge: UUID
    reference: str
    payment: str
    total: Money
    state: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A line with its verdict, and why it is not a match."""

    line: ReportLine
    verdict: Verdict
    why: str = ""
    recharge: UUID | None = None


def judge(line: ReportLine, known: KnownPayment | None) -> Judged:
    """Compare a line with the payment that it names."""
    if line.kind is LineKind.FEE and line.payment:
        verdict = Verdict.EXTRA if known is None else Verdict.MATCHED
        why = "unknown_payment" if known is None else ""
        return Judged(line, verdict, why, known.recharge if known else None)
    if line.kind not in OF_A_PAYMENT:
        is_known = line.kind in (LineKind.FEE, LineKind.PAYOUT)
        verdict = Verdict.MATCHED if is_known else Verdict.EXTRA
        return Judged(line, verdict, "" if is_known else "unknown_kind")
    # A second payment for an order is not the one that its coins were given for.
    if known is None or line.payment not in ("", known.payment):
        return Judged(line, Verdict.EXTRA, "unknown_payment")
    why = _difference(line, known)
    verdict = Verdict.DIFFERENT if why else Verdict.MATCHED
    return Judged(line, verdict, why, known.recharge)


def judge_sales(line: ReportLine, *, told: Sales, sold: Sales) -> Judged:
    """Compare all that a store says it sold of a product with all that we credited of it."""
    key = (line.product, (line.paid or line.gross).currency)
    if key not in sold:
        return Judged(line, Verdict.EXTRA, "unknown_product")
    if told[key] != sold[key]:
        return Judged(line, Verdict.DIFFERENT, "sales_differ")
    return Judged(line, Verdict.MATCHED)


def _difference(line: ReportLine, known: KnownPayment) -> str:
    """Why this line does not fit the order; empty when it does."""
    moved = line.paid or line.gross
    if moved.currency != known.total.currency:
        return "currency_differs"
    match line.kind:
        case LineKind.PAYMENT:
            return "" if moved == known.total else "amount_differs"
        case LineKind.REFUND:
            if abs(moved.amount) > known.total.amount:
                return "amount_differs"
            went_back = known.state in ("refunded", "partially_refunded")
            return "" if went_back or moved.amount > 0 else "refund_unknown_here"
        case _:
            return "" if known.state in ("disputed", "lost", "credited") else "dispute_unknown_here"


def days_of(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """The whole UTC days from the first line to the last; the end is not included."""
    since = datetime.combine(first.astimezone(UTC).date(), time(), UTC)
    until = datetime.combine(last.astimezone(UTC).date(), time(), UTC) + timedelta(days=1)
    return since, until


def legs_of(judged: Sequence[Judged], *, party: int, seller: Seller) -> list[Leg]:
    """What a file adds to the books: fees as they became known, and money that reached the bank.

    J1: the fee leaves what the provider owes us, and so does a payout. What it converted it owes
    in the other currency from then on. The payments themselves, refunds and disputes with their
    fees are in the books already, and so is what a store keeps (J1b). A line that is not as we
    have it moves nothing before a person has looked at it.
    """
    if seller is Seller.STORE:
        return []
    moves: Counter[tuple[int, str]] = Counter()
    for one in judged:
        if one.verdict is Verdict.MATCHED:
            moves.update(_moves(one.line))
    clearing = account(party, 310)
    return [
        Leg(number, clearing, amount, NUMERIC[currency])
        if amount > 0
        else Leg(clearing, number, -amount, NUMERIC[currency])
        for (number, currency), amount in moves.items()
        if amount
    ]


def _moves(line: ReportLine) -> Counter[tuple[int, str]]:
    """What each account gains against what the provider owes us."""
    moves: Counter[tuple[int, str]] = Counter()
    currency = line.gross.currency
    match line.kind:
        case LineKind.PAYMENT | LineKind.REFUND:
            moves[_FEES, currency] += line.fee.amount
            if line.paid is not None and line.paid.currency != currency:
                moves[_EXCHANGE, line.paid.currency] += line.paid.amount
                moves[_EXCHANGE, currency] -= line.gross.amount
        case LineKind.FEE:
            moves[_FEES, currency] -= line.net.amount
        case LineKind.PAYOUT:
            moves[_FEES, currency] += line.fee.amount
            moves[_CASH, currency] -= line.gross.amount
        case _:
            pass
    return moves
