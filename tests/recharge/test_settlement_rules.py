"""What a settlement file adds to the books: what is not there yet, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from largesse.kernel.money import NUMERIC, Money
from largesse.ledger import HOUSE, Leg, Seller, account
from largesse.payments import LineKind, ReportLine
from largesse.recharge.settlement.model import KnownPayment, Verdict, judge, legs_of

AT = datetime(2026, 11, 1, tzinfo=UTC)
PARTY = 11
CLEARING = account(PARTY, 310)
CASH, FEES, EXCHANGE = (account(HOUSE, code) for code in (300, 600, 606))
KNOWN = KnownPayment(
    recharge=UUID(int=7),
    reference="rch_7",
    payment="pi_7",
    total=Money(1000, "EUR"),
    state="credited",
)


def line(
    kind: LineKind,
    gross: Money,
    fee: int = 0,
    *,
    payment: str = "pi_7",
    paid: Money | None = None,
) -> ReportLine:
    return ReportLine(
        number=2,
        id=f"txn_{kind}",
        kind=kind,
        at=AT,
        gross=gross,
        fee=Money(fee, gross.currency),
        payment=payment,
        paid=paid,
    )


def moved(legs: list[Leg]) -> dict[tuple[int, int], int]:
    """What each account gained on its debit side, by asset."""
    sums: Counter[tuple[int, int]] = Counter()
    for leg in legs:
        sums[leg.debit, leg.asset] += leg.amount
        sums[leg.credit, leg.asset] -= leg.amount
    return {place: amount for place, amount in sums.items() if amount}


def test_what_a_store_keeps_was_booked_with_the_sale_and_is_not_booked_again() -> None:
    judged = [
        judge(line(LineKind.PAYMENT, Money(1000, "EUR"), 300), KNOWN),
        judge(line(LineKind.FEE, Money(0, "EUR"), 300), KNOWN),
    ]
    assert [one.verdict for one in judged] == [Verdict.MATCHED, Verdict.MATCHED]
    assert legs_of(judged, party=14, seller=Seller.STORE) == []


def test_a_fee_of_a_payment_that_nobody_knows_is_extra_and_moves_nothing() -> None:
    stray = judge(line(LineKind.FEE, Money(0, "EUR"), 30, payment="pi_stray"), None)
    assert (stray.verdict, stray.why) == (Verdict.EXTRA, "unknown_payment")
    assert legs_of([stray], party=PARTY, seller=Seller.HOUSE) == []


def test_a_fee_of_the_whole_account_is_a_cost() -> None:
    monthly = judge(line(LineKind.FEE, Money(-500, "EUR"), payment=""), None)
    asset = NUMERIC["EUR"]
    assert moved(legs_of([monthly], party=PARTY, seller=Seller.HOUSE)) == {
        (FEES, asset): 500,
        (CLEARING, asset): -500,
    }


def test_what_a_provider_converted_is_owed_in_the_currency_that_it_pays_out() -> None:
    """Ten euros were collected and stand in clearing; the provider owes us dollars for them."""
    charge = line(LineKind.PAYMENT, Money(1100, "USD"), 40, paid=Money(1000, "EUR"))
    payout = line(LineKind.PAYOUT, Money(-1060, "USD"), payment="")
    judged = [judge(charge, KNOWN), judge(payout, None)]

    after = moved(legs_of(judged, party=PARTY, seller=Seller.HOUSE))

    dollars, euros = NUMERIC["USD"], NUMERIC["EUR"]
    assert after == {
        (CLEARING, euros): -1000,
        (EXCHANGE, euros): 1000,
        (EXCHANGE, dollars): -1100,
        (FEES, dollars): 40,
        (CASH, dollars): 1060,
    }
