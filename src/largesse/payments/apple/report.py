"""Apple's financial detail report: sales added up by day, product, country and price.

It names no single purchase, so a line says how many there were of a product and what Apple
owes for them: https://developer.apple.com/help/app-store-connect/reference/financial-report-fields.
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
    told_apart,
)


def read_apple_report(lines: Iterable[str]) -> Iterator[ReportLine]:
    """Every line before the totals; raises `ReportUnreadable` at the first that is none."""
    rows = rows_of(lines, delimiter="\t", until="Total_Rows")
    yield from told_apart(_line(number, row) for number, row in rows)


def _line(number: int, row: Mapping[str, str]) -> ReportLine:
    product = first_of(row, "SKU", "Vendor Identifier")
    share_currency, currency = (
        row.get("Partner Share Currency", ""),
        row.get("Customer Currency", ""),
    )
    quantity = row.get("Quantity", "")
    is_number = quantity.removeprefix("-").isascii() and quantity.removeprefix("-").isdigit()
    if not product or not is_number or not {share_currency, currency} <= NUMERIC.keys():
        raise ReportUnreadable(f"Line {number} is none of a financial detail report.")
    each = money_of(row.get("Customer Price", ""), currency, number=number)
    count = abs(int(quantity)) * (-1 if first_of(row, "Sale or Return") == "R" else 1)
    owed = money_of(row.get("Extended Partner Share", ""), share_currency, number=number)
    gross = Money(abs(each.amount) * count, currency)
    day = _day(row.get("Transaction Date", ""), number=number)
    # Apple's share can only be told where it pays in the currency that it sold in.
    is_home = share_currency == currency
    return ReportLine(
        number=number,
        id=f"{day:%Y-%m-%d}:{product}:{row.get('Country of Sale', '')}:{each.amount}:{count}",
        kind=LineKind.SALES,
        at=day,
        gross=gross if is_home else owed,
        fee=gross - owed if is_home else Money(0, share_currency),
        paid=gross,
        product=product,
        quantity=count,
    )


def _day(text: str, *, number: int) -> datetime:
    try:
        return datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=UTC)
    except ValueError as error:
        raise ReportUnreadable(f"Line {number} has no day: {text[:40]!r}.") from error
