"""What may be asked of the ledger: an order that could not be true is never made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from largesse.kernel import ids
from largesse.kernel.errors import Invalid
from largesse.kernel.money import LARGEST_AMOUNT, Money
from largesse.ledger.chart import Kind
from largesse.ledger.claims_model import DisputeOrder, Seller
from largesse.ledger.escrow_model import EscrowOrder, PotClose, Prize, Release
from largesse.ledger.model import LOT_COINS_MAX, Credit, HoldOrder, OnExpiry, Spend
from largesse.ledger.payout_model import PayoutOrder

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
Build = Callable[..., Any]


def _act() -> dict[str, Any]:
    return {"id": ids.make(), "account": 10_000, "key": "tap", "body": b"rose", "at": NOON}


def spend(**facts: Any) -> Spend:
    told = {"kind": Kind.GIFT, "creator": 1_000, "coins": 1, "diamonds": 0}
    return Spend(**_act() | told | facts)


def hold(**facts: Any) -> HoldOrder:
    told = {
        "kind": Kind.HIGHLIGHT, "creator": 1_000, "coins": 1, "diamonds": 0,
        "due": NOON + timedelta(seconds=1), "on_expiry": OnExpiry.VOID,
    }  # fmt: skip
    return HoldOrder(**_act() | told | facts)


def escrow(**facts: Any) -> EscrowOrder:
    return EscrowOrder(**_act() | {"kind": Kind.MEMBERSHIP, "coins": 1} | facts)


def release(**facts: Any) -> Release:
    told = {"escrow": ids.make(), "creator": 1_000, "coins": 1, "diamonds": 0}
    return Release(**_act() | told | facts)


def prize(**facts: Any) -> Prize:
    told: dict[str, Any] = {"id": ids.make(), "account": 10_000, "coins": 1, "country": "US"}
    return Prize(**told | facts)


def close(**facts: Any) -> PotClose:
    told: dict[str, Any] = {
        "id": ids.make(), "pot": ids.make(), "key": "close", "body": b"", "at": NOON,
    }  # fmt: skip
    return PotClose(**told | facts)


def credit(**facts: Any) -> Credit:
    return Credit(**_act() | {"country": "US", "origin": "sandbox"} | facts)


def recharge(price: int, *, tax: int = 0, fee: int = 0, seller: Seller = Seller.HOUSE) -> Credit:
    return credit(
        paid=1,
        price=Money(price, "USD"),
        tax=Money(tax, "USD"),
        fee=Money(fee, "USD"),
        seller=seller,
    )


def payout(**facts: Any) -> PayoutOrder:
    return PayoutOrder(**_act() | {"diamonds": 1, "amount": Money(1, "USD")} | facts)


def dispute(fee: int) -> DisputeOrder:
    return DisputeOrder(**_act(), source=ids.make(), fee=Money(fee, "USD"))


@pytest.mark.parametrize(
    ("build", "name", "least", "most"),
    [
        (spend, "coins", 1, LARGEST_AMOUNT),
        (spend, "diamonds", 0, LARGEST_AMOUNT),
        (hold, "coins", 1, LARGEST_AMOUNT),
        (hold, "diamonds", 0, LARGEST_AMOUNT),
        (escrow, "coins", 1, LOT_COINS_MAX),
        (release, "coins", 1, LARGEST_AMOUNT),
        (release, "diamonds", 0, LARGEST_AMOUNT),
        (prize, "coins", 1, LOT_COINS_MAX),
        (prize, "diamonds", 0, LARGEST_AMOUNT),
        (close, "fee", 0, LARGEST_AMOUNT),
        (payout, "diamonds", 1, LARGEST_AMOUNT),
    ],
)
def test_an_order_counts_in_whole_numbers_of_a_range(
    build: Build, name: str, least: int, most: int
) -> None:
    for right in (least, most):
        assert getattr(build(**{name: right}), name) == right
    for wrong in (least - 1, most + 1, float(most), None):
        with pytest.raises(Invalid) as refused:
            build(**{name: wrong})
        assert refused.value.field == name


@pytest.mark.parametrize("build", [spend, hold, escrow])
def test_only_what_is_for_sale_takes_coins(build: Build) -> None:
    assert build(kind=Kind.UNLOCK).kind is Kind.UNLOCK
    for kind in (Kind.RECHARGE, Kind.PROMO_EXPIRED, Kind.REFUND):
        with pytest.raises(AssertionError):
            build(kind=kind)


def test_a_hold_ends_after_it_began() -> None:
    with pytest.raises(AssertionError):
        hold(due=NOON)


@pytest.mark.parametrize("name", ["paid", "promo"])
def test_a_credit_brings_as_many_coins_as_a_lot_can_have(name: str) -> None:
    price = {"price": Money(0, "USD")} if name == "paid" else {}
    assert getattr(credit(**{name: LOT_COINS_MAX}, **price), name) == LOT_COINS_MAX
    for wrong in (-1, LOT_COINS_MAX + 1, 1.0):
        with pytest.raises(Invalid) as refused:
            credit(**{name: wrong}, **price)
        assert refused.value.field == name


def test_a_credit_brings_coins_and_paid_coins_have_a_price() -> None:
    for nothing in (
        {},
        {"paid": 1},
        {"promo": 1, "price": Money(5, "USD")},
    ):
        with pytest.raises(AssertionError):
            credit(**nothing)
    assert credit(promo=1).kind is Kind.BONUS
    both = credit(paid=1, promo=1, price=Money(5, "USD"))
    assert (both.kind, both.gross_minor, both.tax_minor, both.fee_minor) == (Kind.RECHARGE, 5, 0, 0)


def test_the_money_of_a_credit_is_none_below_nothing() -> None:
    free = recharge(0)
    assert (free.gross_minor, free.tax_minor, free.fee_minor) == (0, 0, 0)
    for wrong in ((-1, 0, 0), (0, -1, 0), (0, 0, -1)):
        price, tax, fee = wrong
        with pytest.raises(Invalid) as refused:
            recharge(price, tax=tax, fee=fee)
        assert refused.value.field == "amount"


def test_tax_is_a_part_of_the_price_and_may_be_all_of_it() -> None:
    assert recharge(7, tax=7).tax_minor == 7
    with pytest.raises(AssertionError):
        recharge(7, tax=8)


def test_a_store_owes_us_the_rest_while_a_provider_may_cost_more_than_a_sale_brings() -> None:
    """A provider's fixed fee can pass a tiny price; a store keeps a share of what it took."""
    assert recharge(10, tax=3, fee=7, seller=Seller.STORE).fee_minor == 7
    with pytest.raises(AssertionError):
        recharge(10, tax=3, fee=8, seller=Seller.STORE)
    assert recharge(10, tax=3, fee=30).fee_minor == 30


def test_a_pot_shares_out_its_fee_and_its_prizes() -> None:
    assert close(fee=5, prizes=(prize(coins=7), prize(coins=11))).coins == 23
    assert close().coins == 0


def test_a_disputes_fee_is_none_below_nothing() -> None:
    assert dispute(0).fee == Money(0, "USD")
    with pytest.raises(Invalid) as refused:
        dispute(-1)
    assert refused.value.field == "fee"


def test_a_withdrawal_is_of_some_money_less_fee_and_tax() -> None:
    dollars = {name: Money(amount, "USD") for name, amount in (("fee", 3), ("withheld", 7))}
    order = payout(amount=Money(10, "USD"), **dollars)
    assert (order.fee_minor, order.withheld_minor) == (3, 7)
    assert (payout().fee_minor, payout().withheld_minor) == (0, 0)
    with pytest.raises(AssertionError):
        payout(amount=Money(9, "USD"), **dollars)
    with pytest.raises(Invalid) as refused:
        payout(amount=Money(0, "USD"))
    assert refused.value.field == "amount"


@pytest.mark.parametrize("name", ["fee", "withheld"])
def test_what_a_withdrawal_costs_is_in_its_own_currency(name: str) -> None:
    assert getattr(payout(**{name: Money(0, "USD")}), f"{name}_minor") == 0
    with pytest.raises(Invalid) as refused:
        payout(**{name: Money(-1, "USD")})
    assert refused.value.field == "amount"
    with pytest.raises(AssertionError):
        payout(**{name: Money(1, "EUR")})
