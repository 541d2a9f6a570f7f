"""The money of a sale and of some of its coins, as a refund or a dispute takes it back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel import ids
from largesse.kernel.money import NUMERIC, Money, exponent
from largesse.ledger.claims_model import Amounts, Cost, Sale, Seller, minor_unit
from largesse.ledger.rules import part

cents = st.integers(0, 10_000)


def sale(
    *, gross: int = 1_080, tax: int = 80, fee: int = 61, currency: str = "USD",
    seller: Seller = Seller.HOUSE, party: int = 10,
) -> Sale:  # fmt: skip
    """Seventy coins; amounts in minor units."""
    unit = minor_unit(currency)
    return Sale(
        account=10_000, source=ids.make(), seq=1, coins=70, currency=currency, micro=gross * unit,
        tax_micro=tax * unit, fee_micro=fee * unit, party=party, seller=seller,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "unit"), [("USD", 10_000), ("JPY", 1_000_000), ("KWD", 1_000)]
)
def test_a_minor_unit_is_so_many_millionths(currency: str, unit: int) -> None:
    assert minor_unit(currency) == unit


@pytest.mark.parametrize("currency", sorted(NUMERIC))
def test_all_coins_of_a_sale_are_its_whole_money(currency: str) -> None:
    """Where the house sells, the tax is ours to pass on and the provider keeps its fee for good."""
    sold = sale(currency=currency)
    assert minor_unit(currency) * 10 ** exponent(currency) == 1_000_000
    assert sold.amounts == Amounts(net=1_000, tax=80, fee=0)
    assert sold.amounts.cleared == 1_080
    assert sold.gross_of(Cost(sold.micro, sold.tax_micro, sold.fee_micro)) == Money(1_080, currency)


def test_a_store_keeps_its_commission_and_pays_the_tax_itself() -> None:
    sold = sale(fee=300, seller=Seller.STORE)
    assert sold.amounts == Amounts(net=1_000, tax=0, fee=300)
    assert sold.amounts.cleared == 700


def test_a_commission_is_never_rounded_above_what_was_kept_for_later() -> None:
    """All but the first of 30,000 coins for 7 cents, 5 of them tax, of which the store keeps the rest."""
    sold = sale(gross=7, tax=5, fee=2, seller=Seller.STORE)
    micro, tax, fee = (
        total - part(total, coins=30_000, upto=1)
        for total in (sold.micro, sold.tax_micro, sold.fee_micro)
    )
    assert (micro - tax, fee) == (19_999, 20_000)
    assert sold.amounts_of(Cost(micro, tax, fee)) == Amounts(net=1, tax=0, fee=1)


def test_the_house_is_owed_by_its_provider_or_by_the_store() -> None:
    assert sale(party=11).clearing == 11_310
    assert sale(party=12, seller=Seller.STORE).clearing == 12_312
    assert sale(party=11).disputed == 11_320


def test_parts_of_a_cent_stay_with_us() -> None:
    """A rose of 1.99 cents net and 1.99 cents tax gives one cent back of each."""
    sold = sale()
    rose = Cost(micro=39_800, tax=19_900, fee=19_900)
    assert sold.amounts_of(rose) == Amounts(net=1, tax=1, fee=0)
    assert sold.gross_of(rose) == Money(2, "USD")
    assert sale(seller=Seller.STORE).amounts_of(rose) == Amounts(net=1, tax=0, fee=1)


@given(
    gross=cents, data=st.data(), seller=st.sampled_from(Seller),
    edges=st.lists(st.integers(0, 70), max_size=6),
)  # fmt: skip
def test_parts_of_a_sale_never_exceed_it(
    gross: int, data: st.DataObject, seller: Seller, edges: list[int]
) -> None:
    tax = data.draw(st.integers(0, gross))
    fee = data.draw(st.integers(0, gross - tax))
    sold = sale(gross=gross, tax=tax, fee=fee, seller=seller)
    cuts = sorted({0, *edges, 70})
    total, cost, back = Amounts(0, 0, 0), Cost(), 0
    for first, end in pairwise(cuts):
        piece = Cost(
            *(
                part(whole, coins=70, upto=end) - part(whole, coins=70, upto=first)
                for whole in (sold.micro, sold.tax_micro, sold.fee_micro)
            )
        )
        total, cost = total + sold.amounts_of(piece), cost + piece
        back += sold.gross_of(piece).amount
    assert cost == Cost(sold.micro, sold.tax_micro, sold.fee_micro)
    kept = sold.amounts - total
    assert min(kept.net, kept.tax, kept.fee) >= 0
    assert max(kept.net, kept.tax, kept.fee) < len(cuts)
    assert gross - 2 * len(cuts) < back <= gross
