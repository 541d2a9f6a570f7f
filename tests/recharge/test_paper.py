"""What receipts and credit notes say, and that refunds add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.recharge import State
from largesse.recharge.paper import (
    Facts,
    coins_text,
    credit_note_facts,
    number_text,
    rate_text,
    receipt_facts,
    rest_facts,
)
from tests.recharge.orders import order

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def receipt(*, total: int = 10_499, tax: int = 1_676) -> Facts:
    paid = replace(
        order(State.CREDITED),
        currency="EUR", price=total, total=total, tax=tax, tax_name="VAT", tax_bps=1900,
    )  # fmt: skip
    return receipt_facts(paid, buyer="Mira", paid_with="Card", journal=UUID(int=3), at=NOON)


def test_a_receipt_parts_what_was_paid_into_price_and_tax() -> None:
    facts = receipt()
    assert (facts.net, facts.tax, facts.total) == (8_823, 1_676, 10_499)
    assert facts.is_tax_included
    assert facts.terms == "2026-11"


def test_a_discount_stands_between_the_list_price_and_the_total() -> None:
    paid = replace(order(State.CREDITED), original_price=999, discount_name="Spring")
    facts = receipt_facts(paid, buyer="Mira", paid_with="Card", journal=UUID(int=3), at=NOON)
    assert (facts.list_price, facts.discount, facts.total) == (999, 500, 499)


@given(data=st.data(), total=st.integers(4, 10**9), bps=st.integers(0, 5000))
def test_what_goes_back_in_parts_and_at_once_is_the_receipt(
    data: st.DataObject, total: int, bps: int
) -> None:
    tax = total * bps // (10_000 + bps)
    whole = receipt(total=total, tax=tax)
    notes: list[Facts] = []
    for coins in (100, 200):
        amount = data.draw(st.integers(1, total // 2 - 1))
        part = credit_note_facts(
            whole,
            coins=coins,
            amount=amount,
            tax=amount * tax // total,
            journal=UUID(int=4),
            at=NOON,
        )
        assert part.net + part.tax == part.total == amount
        notes.append(part)
    rest = rest_facts(whole, notes, journal=UUID(int=5), at=NOON)
    assert rest is not None
    notes.append(rest)
    for word in ("coins", "net", "tax", "total"):
        assert sum(getattr(one, word) for one in notes) == getattr(whole, word)
    assert rest_facts(whole, notes, journal=UUID(int=6), at=NOON) is None


@pytest.mark.parametrize(
    ("series", "kind", "text"),
    [
        ("", "receipt", "2026-000123"),
        ("DE-", "receipt", "DE-2026-000123"),
        ("", "credit_note", "CN-2026-000123"),
    ],
)
def test_a_number_says_its_series_kind_and_year(series: str, kind: str, text: str) -> None:
    assert number_text(series=series, kind=kind, year=2026, number=123) == text


@pytest.mark.parametrize(
    ("bps", "text"), [(1900, "19 %"), (825, "8.25 %"), (550, "5.5 %"), (0, "0 %")]
)
def test_a_rate_is_written_as_short_as_it_can_be(bps: int, text: str) -> None:
    assert rate_text(bps) == text


def test_coins_are_named_with_their_bonus() -> None:
    assert coins_text(receipt()) == "350 coins"
