"""A provider's settlement file, line by line, in our words.

Once a day a provider tells what it collected, kept and paid out. A reader turns its file
into `ReportLine`s one at a time, so that a file may be larger than memory; what a line
means for an order is decided in `recharge`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum

from largesse.kernel.errors import LargesseError
from largesse.kernel.money import LARGEST_AMOUNT, Money, exponent


class ReportUnreadable(LargesseError):
    """This is not a settlement file of that provider."""

    code = "report_unreadable"
    next = "Export it again as the operator's guide says, without changing it."


class LineKind(StrEnum):
    """What a line of a settlement file is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    FEE = "fee"
    PAYOUT = "payout"
    SALES = "sales"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line: `gross` moved, `fee` was kept of it, both signed, in the currency of the account.

    `number` counts the file's lines, its header being 1. `id` is the provider's own and never
    comes twice. `payment` and `reference` say which payment and which order of ours it is
    about; `paid` is what the payer paid, where that is another currency. Lines of `SALES` add
    up `quantity` purchases of a `product`, as a store does that names no single one.
    """

    number: int
    id: str
    kind: LineKind
    at: datetime
    gross: Money
    fee: Money
    payment: str = ""
    reference: str = ""
    paid: Money | None = None
    product: str = ""
    quantity: int = 1

    @property
    def net(self) -> Money:
        """What it changed in what the provider owes us."""
        return self.gross - self.fee


Reader = Callable[[Iterable[str]], Iterator[ReportLine]]


def rows_of(
    lines: Iterable[str], *, delimiter: str = ",", until: str = ""
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its line number, by the names in the header; stops before a row named `until`."""
    reader = csv.DictReader(lines, delimiter=delimiter, restval="")
    try:
        for row in reader:
            if until and next(iter(row.values()), "").startswith(until):
                return
            yield reader.line_num, {(name or "").strip(): str(text) for name, text in row.items()}
    except csv.Error as error:
        raise ReportUnreadable(f"Line {reader.line_num} is not CSV.") from error


def told_apart(
    lines: Iterable[ReportLine], *, once: Callable[[ReportLine], bool] = lambda _: False
) -> Iterator[ReportLine]:
    """The lines of a file that numbers none: what reads like an earlier one is its second, third …

    The same file always tells them apart in the same way. Those that come `once` are not held in
    memory.
    """
    seen: Counter[str] = Counter()
    for line in lines:
        if once(line):
            yield line
            continue
        seen[line.id] += 1
        many = seen[line.id]
        yield line if many == 1 else replace(line, id=f"{line.id}:{many}")


def first_of(row: Mapping[str, str], *names: str) -> str:
    """The first of these columns that the file has and that is not empty."""
    return next((row[name].strip() for name in names if row.get(name, "").strip()), "")


def money_of(text: str, currency: str, *, number: int) -> Money:
    """An amount in major units as exact minor units; raises `ReportUnreadable` for anything finer."""
    amount = _amount(text, currency, number=number)
    if amount != amount.to_integral_value():
        raise ReportUnreadable(f"Line {number} has an amount finer than its currency.")
    return Money(int(amount), currency)


def rounded_money_of(text: str, currency: str, *, number: int) -> Money:
    """An amount that may be finer than its currency, for files that convert; half goes up."""
    amount = _amount(text, currency, number=number)
    return Money(int(amount.to_integral_value(ROUND_HALF_UP)), currency)


def _amount(text: str, currency: str, *, number: int) -> Decimal:
    try:
        amount = Decimal(text.replace(",", "")).scaleb(exponent(currency))
    except (InvalidOperation, ValueError) as error:
        raise ReportUnreadable(f"Line {number} has no amount: {text[:40]!r}.") from error
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT:
        raise ReportUnreadable(f"Line {number} has no amount: {text[:40]!r}.")
    return amount
