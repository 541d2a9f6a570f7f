"""Receipts and credit notes: everything that is printed on them, as it was; pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.kernel import ids
from largesse.recharge.model import Recharge


class Kind(StrEnum):
    """What a paper is; each kind has numbers of its own."""

    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"


class Issuer(msgspec.Struct, frozen=True):
    """Who sells the coins, as the law wants it printed. `series` stands before every number."""

    name: str = "Largesse"
    address: str = ""
    tax_id: str = ""
    email: str = ""
    series: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is printed. Money in minor units of `currency`; nothing is looked up later."""

    buyer: str
    country: str
    order: str
    journal: str
    paid_with: str
    currency: str
    coins: int
    promo_coins: int
    list_price: int
    discount: int
    discount_name: str
    net: int
    tax: int
    tax_name: str
    tax_bps: int
    total: int
    terms: str
    at: datetime

    @property
    def is_tax_included(self) -> bool:
        """Whether the list price contains the tax."""
        return self.list_price - self.discount == self.total


def receipt_facts(
    recharge: Recharge, *, buyer: str, paid_with: str, journal: UUID, at: datetime
) -> Facts:
    """What the receipt of a credited order says."""
    discount = recharge.discount
    return Facts(
        buyer=buyer,
        country=recharge.country,
        order=recharge.reference,
        journal=ids.show("jrn", journal),
        paid_with=paid_with,
        currency=recharge.currency,
        coins=recharge.coins,
        promo_coins=recharge.promo_coins,
        list_price=recharge.original_price or recharge.price,
        discount=0 if discount is None else discount.amount,
        discount_name=recharge.discount_name,
        net=recharge.total - recharge.tax,
        tax=recharge.tax,
        tax_name=recharge.tax_name,
        tax_bps=recharge.tax_bps,
        total=recharge.total,
        terms=recharge.terms,
        at=at,
    )


def credit_note_facts(
    receipt: Facts, *, coins: int, amount: int, tax: int, journal: UUID, at: datetime
) -> Facts:
    """What the credit note of a refund says; `tax` is the part of the amount that the books name."""
    return msgspec.structs.replace(
        receipt,
        journal=ids.show("jrn", journal),
        coins=coins,
        promo_coins=0,
        list_price=amount if receipt.is_tax_included else amount - tax,
        discount=0,
        discount_name="",
        net=amount - tax,
        tax=tax,
        total=amount,
        at=at,
    )


def rest_facts(
    receipt: Facts, notes: Sequence[Facts], *, journal: UUID, at: datetime
) -> Facts | None:
    """What the credit note of all the rest says; None when nothing is left of the receipt."""
    amount = receipt.total - sum(one.total for one in notes)
    if amount <= 0:
        return None
    return credit_note_facts(
        receipt,
        coins=receipt.coins - sum(one.coins for one in notes),
        amount=amount,
        tax=receipt.tax - sum(one.tax for one in notes),
        journal=journal,
        at=at,
    )


def number_text(*, series: str, kind: str, year: int, number: int) -> str:
    """A number as it is printed: 2026-000123, or CN-2026-000001 on a credit note."""
    note = "CN-" if kind == Kind.CREDIT_NOTE else ""
    return f"{series}{note}{year}-{number:06d}"


def coins_text(facts: Facts) -> str:
    """The coins in words."""
    coins = f"{facts.coins:,} coin" + ("" if facts.coins == 1 else "s")
    return f"{coins} + {facts.promo_coins:,} bonus" if facts.promo_coins else coins


def rate_text(bps: int) -> str:
    """A rate as it is read: 19 %, 8.25 %."""
    whole, part = divmod(bps, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + " %"
