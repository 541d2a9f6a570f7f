"""Google Play's earnings report: one line a charge, a fee, a tax or the refund of each.

Its times are Pacific, with daylight saving in their abbreviation, and it pays out in the
merchant's currency: https://support.google.com/googleplay/android-developer/answer/6135870.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from largesse.kernel.money import NUMERIC, Money
from largesse.payments.settlement import (
    LineKind,
    ReportLine,
    ReportUnreadable,
    first_of,
    rounded_money_of,
    rows_of,
    told_apart,
)

_KINDS = {
    "Charge": LineKind.PAYMENT,
    "Charge refund": LineKind.REFUND,
    "Google fee": LineKind.FEE,
    "Google fee refund": LineKind.FEE,
}
_HOURS_BEHIND = {"PST": 8, "PDT": 7}


def read_google_report(lines: Iterable[str]) -> Iterator[ReportLine]:
    """Every line of the file; raises `ReportUnreadable` at the first that is none."""
    yield from told_apart((_line(number, row) for number, row in rows_of(lines)), once=_is_sale)


def _is_sale(line: ReportLine) -> bool:
    """An order is charged once, and its fee is kept once; parts of both may go back often."""
    return line.kind is LineKind.PAYMENT or (line.kind is LineKind.FEE and line.fee.amount > 0)


def _line(number: int, row: Mapping[str, str]) -> ReportLine:
    order, word = row.get("Description", ""), row.get("Transaction Type", "")
    currency = row.get("Merchant Currency", "")
    if not order or not word or currency not in NUMERIC:
        raise ReportUnreadable(f"Line {number} is none of an earnings report.")
    amount = rounded_money_of(first_of(row, "Amount (Merchant Currency)"), currency, number=number)
    kind = _KINDS.get(word, LineKind.OTHER)
    is_fee = kind is LineKind.FEE
    return ReportLine(
        number=number,
        # The report numbers no lines: an order has one of each type, and of each refund and tax.
        id=":".join((order, word, row.get("Refund Type", ""), row.get("Tax Type", ""))),
        kind=kind,
        at=_moment(row, number=number),
        gross=Money(0, currency) if is_fee else amount,
        fee=Money(-amount.amount, currency) if is_fee else Money(0, currency),
        payment=order,
        paid=_paid(row, kind, number=number),
        product=first_of(row, "Sku Id", "SKU ID"),
    )


def _paid(row: Mapping[str, str], kind: LineKind, *, number: int) -> Money | None:
    currency = row.get("Buyer Currency", "")
    if currency not in NUMERIC or kind not in (LineKind.PAYMENT, LineKind.REFUND):
        return None
    return rounded_money_of(first_of(row, "Amount (Buyer Currency)"), currency, number=number)


def _moment(row: Mapping[str, str], *, number: int) -> datetime:
    text = f"{row.get('Transaction Date', '')} {row.get('Transaction Time', '')}"
    clock, _, zone = text.rpartition(" ")
    try:
        local = datetime.strptime(clock, "%b %d, %Y %I:%M:%S %p").replace(tzinfo=UTC)
        return local + timedelta(hours=_HOURS_BEHIND[zone])
    except (ValueError, KeyError) as error:
        raise ReportUnreadable(f"Line {number} has no Pacific time: {text[:40]!r}.") from error
