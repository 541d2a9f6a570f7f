"""Stripe's settlement file: the balance report itemised, or the balance transactions' export.

https://docs.stripe.com/reports/report-types/balance has the first one's columns; the second
is what the dashboard exports under Balances. Both are in UTC and in major units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from largesse.kernel.money import NUMERIC, Money
from largesse.payments.settlement import (
    LineKind,
    ReportLine,
    ReportUnreadable,
    first_of,
    money_of,
    rows_of,
)

_KINDS = {
    "charge": LineKind.PAYMENT,
    "payment": LineKind.PAYMENT,
    "refund": LineKind.REFUND,
    "payment_refund": LineKind.REFUND,
    "partial_capture_reversal": LineKind.REFUND,
    # Its money is ours again.
    "refund_failure": LineKind.REFUND,
    "payment_failure_refund": LineKind.REFUND,
    "dispute": LineKind.DISPUTE,
    "dispute_reversal": LineKind.DISPUTE_WON,
    "fee": LineKind.FEE,
    "stripe_fee": LineKind.FEE,
    "network_cost": LineKind.FEE,
    "payout": LineKind.PAYOUT,
    "payout_reversal": LineKind.PAYOUT,
    "payout_failure": LineKind.PAYOUT,
}


def read_stripe_report(lines: Iterable[str]) -> Iterator[ReportLine]:
    """Every line of the file; raises `ReportUnreadable` at the first that is none."""
    for number, row in rows_of(lines):
        yield _line(number, row)


def _line(number: int, row: Mapping[str, str]) -> ReportLine:
    known = first_of(row, "balance_transaction_id", "id")
    currency = first_of(row, "currency", "Currency").upper()
    if not known or currency not in NUMERIC:
        raise ReportUnreadable(f"Line {number} has no id, or a currency that is not sold in.")
    gross = money_of(first_of(row, "gross", "Amount"), currency, number=number)
    fee = money_of(first_of(row, "fee", "Fee") or "0", currency, number=number)
    word = first_of(row, "reporting_category", "Type").lower()
    return ReportLine(
        number=number,
        id=known,
        kind=_kind(word, gross),
        at=_moment(first_of(row, "created_utc", "Created (UTC)", "created"), number=number),
        gross=gross,
        fee=fee,
        payment=first_of(row, "payment_intent_id", "PaymentIntent ID"),
        reference=first_of(row, "payment_metadata[reference]", "reference (metadata)"),
        paid=_paid(row, gross, number=number),
    )


def _kind(word: str, gross: Money) -> LineKind:
    if word == "adjustment":
        # The older export calls both ways of a dispute that.
        return LineKind.DISPUTE if gross.amount < 0 else LineKind.DISPUTE_WON
    return _KINDS.get(word, LineKind.OTHER)


def _paid(row: Mapping[str, str], gross: Money, *, number: int) -> Money | None:
    """What the payer saw; whichever sign the file gives it, it moves as `gross` does."""
    currency = first_of(row, "customer_facing_currency", "Customer Facing Currency").upper()
    text = first_of(row, "customer_facing_amount", "Customer Facing Amount")
    if currency not in NUMERIC or not text:
        return None
    size = abs(money_of(text, currency, number=number).amount)
    return Money(-size if gross.amount < 0 else size, currency)


def _moment(text: str, *, number: int) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise ReportUnreadable(f"Line {number} has no time in UTC: {text[:40]!r}.") from error
