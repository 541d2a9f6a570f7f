"""The settlement file that the provider hands out: what it collected, kept and gave back.

Its columns are those of the itemised balance report that is most common among providers,
in UTC and in major units.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from largesse.kernel.money import exponent

FEE_BPS = 290
DISPUTE_FEE_MINOR = 1500

COLUMNS = (
    "balance_transaction_id",
    "created_utc",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "payment_intent_id",
    "payment_metadata[reference]",
)


def settlement(events: Iterable[dict[str, Any]]) -> str:
    """The file as CSV, one line for each event that moved money."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for event in events:
        writer.writerows(_lines(event))
    return text.getvalue()


def _lines(event: dict[str, Any]) -> Iterator[list[str]]:
    checkout = event["data"]["checkout"]
    match event["type"]:
        case "checkout.paid":
            gross = checkout["paid_amount"]
            yield _line(event, "charge", gross, fee=-(-gross * FEE_BPS // 10_000))
        case "refund.succeeded" | "refund.pending":
            yield _line(event, "refund", -event["data"]["refund"]["amount"])
        case "refund.failed":
            yield _line(event, "refund_failure", event["data"]["refund"]["amount"])
        case "dispute.opened":
            left = checkout["paid_amount"] - checkout["refunded"]
            yield _line(event, "dispute", -left, fee=DISPUTE_FEE_MINOR)
        case "dispute.won":
            left = checkout["paid_amount"] - checkout["refunded"]
            yield _line(event, "dispute_reversal", left)


def _line(event: dict[str, Any], category: str, gross: int, *, fee: int = 0) -> list[str]:
    checkout = event["data"]["checkout"]
    currency = checkout["paid_currency"]
    places = exponent(currency)
    return [
        f"txn_{event['id']}",
        datetime.fromtimestamp(event["created"], UTC).strftime("%Y-%m-%d %H:%M:%S"),
        currency.lower(),
        *(str(Decimal(amount).scaleb(-places)) for amount in (gross, fee, gross - fee)),
        category,
        checkout["id"],
        checkout["reference"],
    ]
