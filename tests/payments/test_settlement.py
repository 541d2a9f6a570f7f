"""Settlement files in the shapes that their providers document, line by line and to the minor unit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from largesse.kernel.money import Money
from largesse.payments import REPORTS, LineKind, ReportLine, ReportUnreadable

STRIPE = """\
"balance_transaction_id","created_utc","created","available_on_utc","currency","gross","fee","net","reporting_category","source_id","description","customer_facing_amount","customer_facing_currency","charge_id","payment_intent_id","payment_metadata[reference]"
txn_1,2026-11-01 23:59:59,2026-11-01 23:59:59,2026-11-03 00:00:00,usd,10.80,0.61,10.19,charge,ch_1,1000 coins,10.80,usd,ch_1,pi_1,rch_1
txn_2,2026-11-02 00:00:01,2026-11-02 00:00:01,2026-11-04 00:00:00,usd,-10.80,0,-10.80,refund,re_1,,10.80,usd,ch_1,pi_1,rch_1
txn_3,2026-11-02 08:00:00,2026-11-02 08:00:00,2026-11-02 08:00:00,usd,-10.80,15.00,-25.80,dispute,dp_1,,,,ch_1,pi_1,rch_1
txn_4,2026-11-02 09:00:00,2026-11-02 09:00:00,2026-11-02 09:00:00,jpy,1500,54,1446,charge,ch_2,,1500,jpy,ch_2,pi_2,rch_2
txn_5,2026-11-02 10:00:00,2026-11-02 10:00:00,2026-11-02 10:00:00,usd,"1,234.50",12.00,1222.50,charge,ch_3,,1099.00,eur,ch_3,pi_3,rch_3
txn_6,2026-11-03 00:00:00,2026-11-03 00:00:00,2026-11-03 00:00:00,usd,-10.19,0,-10.19,payout,po_1,,,,,,
"""
EXPORT = """\
id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),reference (metadata)
txn_9,charge,ch_9,4.99,0.45,4.54,usd,2026-11-01 10:00,2026-11-03 00:00,rch_9
txn_10,adjustment,du_9,-4.99,15.00,-19.99,usd,2026-11-01 11:00,2026-11-03 00:00,
"""
GOOGLE = """\
Description,Transaction Date,Transaction Time,Tax Type,Transaction Type,Refund Type,Product Title,Product id,Product Type,Sku Id,Hardware,Buyer Country,Buyer State,Buyer Postal Code,Buyer Currency,Amount (Buyer Currency),Currency Conversion Rate,Merchant Currency,Amount (Merchant Currency)
GPA.3344-1111-2222-33333,"Mar 8, 2026",1:59:59 AM PST,,Charge,,350 coins,app.largesse,inapp,coins_350,pixel,US,CA,94016,USD,4.99,1.00,USD,4.99
GPA.3344-1111-2222-33333,"Mar 8, 2026",1:59:59 AM PST,,Google fee,,350 coins,app.largesse,inapp,coins_350,pixel,US,CA,94016,USD,-1.50,1.00,USD,-1.50
GPA.3344-1111-2222-44444,"Mar 8, 2026",3:00:00 AM PDT,,Charge,,350 coins,app.largesse,inapp,coins_350,pixel,JP,,,JPY,800.00,0.0067,USD,5.364
GPA.3344-1111-2222-33333,"Mar 9, 2026",12:00:00 PM PDT,,Charge refund,Full,350 coins,app.largesse,inapp,coins_350,pixel,US,CA,94016,USD,-4.99,1.00,USD,-4.99
"""
APPLE = "\n".join(
    "\t".join(cells)
    for cells in [
        (
            *("Transaction Date", "Settlement Date", "Apple Identifier", "SKU", "Title"),
            *("Developer Name", "Product Type Identifier", "Country of Sale", "Quantity"),
            *("Partner Share", "Extended Partner Share", "Partner Share Currency"),
            *("Customer Price", "Customer Currency", "Sale or Return"),
        ),
        (
            *("11/01/2026", "11/02/2026", "1", "coins_350", "350", "We", "IA1", "US", "3"),
            *("3.49", "10.47", "USD", "4.99", "USD", "S"),
        ),
        (
            *("11/02/2026", "11/03/2026", "1", "coins_350", "350", "We", "IA1", "US", "-1"),
            *("3.49", "-3.49", "USD", "-4.99", "USD", "R"),
        ),
        ("Total_Rows", "2"),
        ("Country Of Sale", "Partner Share Currency", "Quantity", "Extended Partner Share"),
    ]
)


def read(provider: str, text: str) -> list[ReportLine]:
    return list(REPORTS[provider](text.splitlines(keepends=True)))


def test_stripes_lines_are_exact_in_every_currency() -> None:
    charge, refund, dispute, yen, converted, payout = read("stripe", STRIPE)
    assert charge == ReportLine(
        number=2,
        id="txn_1",
        kind=LineKind.PAYMENT,
        at=datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC),
        gross=Money(1080, "USD"),
        fee=Money(61, "USD"),
        payment="pi_1",
        reference="rch_1",
        paid=Money(1080, "USD"),
    )
    assert charge.net == Money(1019, "USD")
    assert (refund.kind, refund.gross) == (LineKind.REFUND, Money(-1080, "USD"))
    assert refund.paid == Money(-1080, "USD"), "it moves as the gross does, whatever its sign"
    assert (dispute.kind, dispute.fee) == (LineKind.DISPUTE, Money(1500, "USD"))
    assert (yen.gross, yen.fee) == (Money(1500, "JPY"), Money(54, "JPY"))
    assert (converted.gross, converted.paid) == (Money(123450, "USD"), Money(109900, "EUR"))
    assert (payout.kind, payout.payment) == (LineKind.PAYOUT, "")


def test_the_dashboards_export_reads_the_same() -> None:
    charge, adjustment = read("stripe", EXPORT)
    assert (charge.id, charge.reference, charge.gross) == ("txn_9", "rch_9", Money(499, "USD"))
    assert adjustment.kind is LineKind.DISPUTE


def test_googles_clock_jumps_and_ours_does_not() -> None:
    first, fee, other, refund = read("google", GOOGLE)
    # A second before the clock went forward and the first second after an hour: one hour apart.
    assert first.at == datetime(2026, 3, 8, 9, 59, 59, tzinfo=UTC)
    assert other.at == datetime(2026, 3, 8, 10, 0, 0, tzinfo=UTC)
    assert first.payment == "GPA.3344-1111-2222-33333"
    assert (fee.kind, fee.fee, fee.gross) == (LineKind.FEE, Money(150, "USD"), Money(0, "USD"))
    # Converted amounts are finer than a cent; half goes up.
    assert (other.gross, other.paid) == (Money(536, "USD"), Money(800, "JPY"))
    assert (refund.kind, refund.gross) == (LineKind.REFUND, Money(-499, "USD"))
    assert len({line.id for line in (first, fee, other, refund)}) == 4


def test_apples_sums_say_how_many_of_a_product_and_what_apple_keeps() -> None:
    sales, returned = read("apple", APPLE)
    assert (sales.product, sales.quantity, sales.gross) == ("coins_350", 3, Money(1497, "USD"))
    assert sales.fee == Money(450, "USD")
    assert (returned.quantity, returned.gross) == (-1, Money(-499, "USD"))


def test_two_refunds_of_one_order_on_one_day_are_two_lines_however_alike() -> None:
    twice = GOOGLE + GOOGLE.splitlines(keepends=True)[-1].replace("12:00:00", "3:00:00")
    *_, first, second = read("google", twice)
    assert first.id != second.id
    assert [line.id for line in read("google", twice)] == [
        line.id for line in read("google", twice)
    ]
    row = APPLE.splitlines(keepends=True)[1]
    sales, same, _ = read("apple", APPLE.replace(row, row + row))
    assert (sales.quantity, same.quantity, sales.id != same.id) == (3, 3, True)


@pytest.mark.parametrize(
    ("provider", "whole", "from_", "to"),
    [
        ("stripe", STRIPE, "10.80,0.61", "10.805,0.61"),
        ("stripe", STRIPE, "jpy,1500", "jpy,1500.5"),
        ("stripe", STRIPE, "usd,10.80", "usd,1e400"),
        ("stripe", STRIPE, "usd,10.80", "usd,Infinity"),
        ("stripe", STRIPE, "txn_4,", ","),
        ("google", GOOGLE, "1:59:59 AM PST", "1:59:59 AM CET"),
        ("google", GOOGLE, "GPA.3344-1111-2222-44444", ""),
        ("apple", APPLE, "\t3\t3.49", "\tmany\t3.49"),
        ("apple", APPLE, "11/01/2026", "2026-11-01"),
    ],
)
def test_a_line_that_cannot_be_read_exactly_stops_the_file(
    provider: str, whole: str, from_: str, to: str
) -> None:
    with pytest.raises(ReportUnreadable):
        read(provider, whole.replace(from_, to, 1))
