"""Orders as clients see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from largesse.kernel import ids
from largesse.kernel.money import Money, Price, micro, minor
from largesse.recharge import price
from largesse.recharge.claims.model import RechargeRefund, RefundState, money_of
from largesse.recharge.model import Recharge, State
from largesse.recharge.papers.store import PaperRow
from largesse.recharge.store import TimelineRow
from largesse.recharge.stores_shapes import StoreShown, show_store

REFUND_DAYS = 14


class Terms(msgspec.Struct, frozen=True):
    """Which terms this order is under, and its refund rule in one sentence."""

    version: str
    refund_days: int
    text: str
    accepted_at: datetime | UnsetType = UNSET


class DiscountShown(msgspec.Struct, frozen=True):
    """What an offer or a coupon took off; a bonus alone takes nothing off."""

    name: str
    amount: Price


class PaperShown(msgspec.Struct, frozen=True):
    """A receipt or a credit note; `url` answers with a PDF."""

    number: str
    url: str


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an order. `reason` says why a payment was declined.

    `money` went back, `repaid` coins of a credit went into what was owed, and `owed` coins
    were gone when the payment was taken back.
    """

    at: datetime
    what: str
    reason: str | UnsetType = UNSET
    action: str | UnsetType = UNSET
    attempt: int | UnsetType = UNSET
    late: bool | UnsetType = UNSET
    coins: int | UnsetType = UNSET
    promo_coins: int | UnsetType = UNSET
    repaid: int | UnsetType = UNSET
    owed: int | UnsetType = UNSET
    money: Price | UnsetType = UNSET


class RefundShown(msgspec.Struct, frozen=True, kw_only=True):
    """The last refund of an order: `asked`, `pending`, `done`, `failed` or `returned`."""

    id: str
    status: RefundState
    coins: int
    promo_coins: int
    money: Price
    requested_at: datetime


class RefundableShown(msgspec.Struct, frozen=True, kw_only=True):
    """What could go back now, and until when one may ask."""

    coins: int
    promo_coins: int
    money: Price
    until: datetime


class WayShown(msgspec.Struct, frozen=True):
    """How an order is paid, where it is more than a page: kept for next time, or with what is kept.

    `consent` is the version of the words that keeping it was agreed to under.
    """

    is_auto: bool = False
    consent: str | UnsetType = UNSET
    saved: str | UnsetType = UNSET


class RechargeShown(msgspec.Struct, frozen=True, kw_only=True):
    """An order. `price` is before tax is added, `total` what is charged, `tax` the tax in the total.

    `checkout_url` is there while the provider waits for the payer, and in an app `store`, as long
    as a purchase may still arrive; `original_price` where an offer or a coupon took something off,
    `receipt` a moment after the coins, `refundable` while something could be given back, and
    `refund` once that was asked for.
    """

    id: str
    status: State
    coins: int
    promo_coins: int
    price: Price
    tax: Price
    total: Price
    per_coin: Price
    method: str
    created_at: datetime
    expires_at: datetime
    terms: Terms
    timeline: list[TimelineEntry]
    pack_id: str | UnsetType = UNSET
    checkout_url: str | UnsetType = UNSET
    store: StoreShown | UnsetType = UNSET
    refund: RefundShown | UnsetType = UNSET
    refundable: RefundableShown | UnsetType = UNSET
    tax_name: str | UnsetType = UNSET
    tax_bps: int | UnsetType = UNSET
    original_price: Price | UnsetType = UNSET
    discount: DiscountShown | UnsetType = UNSET
    receipt: PaperShown | UnsetType = UNSET
    credit_notes: list[PaperShown] | UnsetType = UNSET
    way: WayShown | UnsetType = UNSET


def show_recharge(
    recharge: Recharge,
    timeline: Sequence[TimelineRow],
    papers: Sequence[PaperRow] = (),
    *,
    refund_days: int = REFUND_DAYS,
    refund: RechargeRefund | None = None,
    refundable: RefundableShown | None = None,
) -> RechargeShown:
    """An order with its timeline, and its papers as far as they are numbered."""
    receipts = [_paper(one, recharge) for one in papers if one.number and one.corrects is None]
    notes = [_paper(one, recharge) for one in papers if one.number and one.corrects is not None]
    waits = recharge.state is State.AWAITING_PAYMENT and recharge.checkout_url is not None
    per_coin = price.per_coin_micro(recharge.total_money, coins=recharge.coins)
    return RechargeShown(
        id=recharge.reference,
        status=recharge.state,
        coins=recharge.coins,
        promo_coins=recharge.promo_coins,
        price=minor(Money(recharge.price, recharge.currency)),
        tax=minor(Money(recharge.tax, recharge.currency)),
        total=minor(recharge.total_money),
        per_coin=micro(per_coin, recharge.currency),
        method=recharge.method,
        created_at=recharge.made_at,
        expires_at=recharge.expires_at,
        terms=_terms(recharge, refund_days),
        timeline=[_entry(row, recharge) for row in timeline],
        pack_id=UNSET if recharge.pack is None else ids.show("pck", recharge.pack),
        checkout_url=recharge.checkout_url or UNSET if waits else UNSET,
        store=show_store(recharge),
        refund=UNSET if refund is None else _refund(refund, recharge),
        refundable=refundable or UNSET,
        tax_name=recharge.tax_name or UNSET,
        tax_bps=recharge.tax_bps if recharge.tax_name else UNSET,
        original_price=_optional(recharge.original_price, recharge.currency),
        discount=_discount(recharge),
        receipt=receipts[0] if receipts else UNSET,
        credit_notes=notes or UNSET,
    )


def _discount(recharge: Recharge) -> DiscountShown | UnsetType:
    if not recharge.discount_name:
        return UNSET
    return DiscountShown(
        recharge.discount_name, minor(recharge.discount or Money(0, recharge.currency))
    )


def _paper(row: PaperRow, recharge: Recharge) -> PaperShown:
    where = "receipt" if row.corrects is None else f"credit-notes/{row.number}"
    return PaperShown(row.number, f"/v1/recharges/{recharge.reference}/{where}")


def _optional(amount: int | None, currency: str) -> Price | UnsetType:
    return UNSET if amount is None else minor(Money(amount, currency))


def _refund(refund: RechargeRefund, recharge: Recharge) -> RefundShown:
    return RefundShown(
        id=refund.reference,
        status=refund.state,
        coins=refund.coins,
        promo_coins=refund.promo_coins,
        money=minor(money_of(refund, recharge)),
        requested_at=refund.asked_at,
    )


def _terms(recharge: Recharge, refund_days: int) -> Terms:
    text = f"Unspent coins you paid for can be refunded within {refund_days} days."
    if recharge.product:
        refund_days, text = 0, "The app store sells these coins and decides about refunds."
    if recharge.promo_coins:
        text += f" Bonus coins expire after {recharge.promo_days} days and have no cash value."
    accepted_at = recharge.terms_accepted_at
    return Terms(recharge.terms, refund_days, text, UNSET if accepted_at is None else accepted_at)


def _entry(row: TimelineRow, recharge: Recharge) -> TimelineEntry:
    shown = ("reason", "action", "attempt", "late", "coins", "promo_coins", "repaid", "owed")
    facts: dict[str, Any] = {name: row.facts[name] for name in shown if name in row.facts}
    if "amount" in row.facts:
        facts["money"] = minor(Money(row.facts["amount"], recharge.currency))
    return TimelineEntry(at=row.at, what=row.what, **facts)
