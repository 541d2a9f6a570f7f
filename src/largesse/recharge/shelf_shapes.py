"""Packs and ways to pay as clients see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from largesse.kernel import ids
from largesse.kernel.money import Money, Price, micro, minor
from largesse.recharge import price
from largesse.recharge.packs import Shelf
from largesse.recharge.price import Pack
from largesse.recharge.reductions.model import Offer
from largesse.recharge.store import PaymentMethod


class OfferShown(msgspec.Struct, frozen=True):
    """Why a pack costs less or brings more for this person, and until when."""

    name: str
    price: Price
    promo_coins: int
    is_first: bool
    until: datetime | UnsetType = UNSET


class TaxShown(msgspec.Struct, frozen=True):
    """The tax of a country today; `bps` are hundredths of a per cent."""

    name: str
    bps: int
    is_included: bool


class PackShown(msgspec.Struct, frozen=True, kw_only=True):
    """A pack: `price` is before tax is added, `total` what is charged, `per_coin` in micro-money.

    With an `offer` the price and the bonus are the offer's, and `original_price` is what it costs
    otherwise. `product_id` is its name in the app's store.
    """

    id: str
    coins: int
    promo_coins: int
    price: Price
    tax: Price
    total: Price
    is_tax_included: bool
    per_coin: Price
    original_price: Price | UnsetType = UNSET
    offer: OfferShown | UnsetType = UNSET
    product_id: str | UnsetType = UNSET


class Range(msgspec.Struct, frozen=True):
    """How many coins an exact amount may have."""

    min: int
    max: int


class PacksShown(msgspec.Struct, frozen=True):
    """Everything on a country's shelf."""

    data: list[PackShown]
    country: str
    currency: str
    coins: Range
    tax: TaxShown
    next: str | None = None


class MethodShown(msgspec.Struct, frozen=True):
    """A way to pay; `code` is what `method` takes.

    Where its provider does not answer at the moment, `is_available` is false: choose another.
    `min` and `max` are the amounts that it takes, where it has limits.
    """

    code: str
    name: str
    is_available: bool = True
    min: Price | UnsetType = UNSET
    max: Price | UnsetType = UNSET


class MethodsShown(msgspec.Struct, frozen=True):
    """The ways to pay in a country, the usual one first."""

    data: list[MethodShown]
    next: str | None = None


def show_shelf(shelf: Shelf) -> PacksShown:
    """A country's packs with every price worked out."""
    prices = shelf.prices
    return PacksShown(
        data=[_pack(pack, shelf) for pack in shelf.packs],
        country=prices.country,
        currency=prices.currency,
        coins=Range(prices.coins_min, prices.coins_max),
        tax=TaxShown(prices.tax_name, prices.tax_bps, prices.is_tax_inclusive),
    )


def show_methods(methods: Sequence[PaymentMethod], *, down: Collection[str]) -> MethodsShown:
    """The ways to pay, without who carries them out; `down` are providers that do not answer."""
    return MethodsShown([_method(one, is_available=one.provider not in down) for one in methods])


def _method(method: PaymentMethod, *, is_available: bool) -> MethodShown:
    def limit(amount: int | None) -> Price | UnsetType:
        return UNSET if amount is None else minor(Money(amount, method.currency))

    return MethodShown(
        code=method.code,
        name=method.name,
        is_available=is_available,
        min=limit(method.amount_min),
        max=limit(method.amount_max),
    )


def _pack(pack: Pack, shelf: Shelf) -> PackShown:
    currency = shelf.prices.currency
    offer = shelf.offers.get(pack.id)
    now = pack.price if offer is None or offer.price is None else offer.price
    bonus = 0 if offer is None else offer.promo_coins
    bill = shelf.prices.bill(now)
    total = Money(bill.total, currency)
    return PackShown(
        id=ids.show("pck", pack.id),
        coins=pack.coins,
        promo_coins=pack.promo_coins + bonus,
        price=minor(Money(bill.price, currency)),
        tax=minor(Money(bill.tax, currency)),
        total=minor(total),
        is_tax_included=shelf.prices.is_tax_inclusive,
        per_coin=micro(price.per_coin_micro(total, coins=pack.coins), currency),
        original_price=UNSET if now == pack.price else minor(Money(pack.price, currency)),
        offer=UNSET if offer is None else _offer(offer, pack, currency),
        product_id=shelf.products.get(pack.id, UNSET),
    )


def _offer(offer: Offer, pack: Pack, currency: str) -> OfferShown:
    now = minor(Money(offer.price or pack.price, currency))
    return OfferShown(
        offer.name,
        now,
        offer.promo_coins,
        offer.is_first,
        UNSET if offer.ends_at is None else offer.ends_at,
    )
