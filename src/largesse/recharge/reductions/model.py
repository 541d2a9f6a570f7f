"""What an offer or a coupon does to a price: pure rules, integers only."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from largesse.recharge.price import Pack

CODE_LENGTH_MAX = 32


@dataclass(frozen=True, slots=True)
class Offer:
    """A lower price or a bonus on one pack. `is_first` ones are once an account, before any recharge."""

    id: UUID
    pack: UUID
    name: str
    price: int | None
    promo_coins: int
    is_first: bool
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code that takes a part of the price or an amount off, or adds bonus coins."""

    id: UUID
    name: str
    percent_bps: int | None
    amount: int | None
    currency: str | None
    promo_coins: int | None
    starts_at: datetime
    ends_at: datetime | None
    uses_max: int | None
    account_uses_max: int
    coins_min: int
    packs: list[UUID] | None
    uses: int


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody is about to buy. `original_price` is what it costs without any reduction."""

    pack: UUID | None
    coins: int
    promo_coins: int
    price: int
    currency: str
    original_price: int | None = None
    discount_name: str = ""
    offer: UUID | None = None
    coupon: UUID | None = None


def ends_at(
    offer_ends: datetime | None, *, joined_at: datetime, joined_hours: int | None
) -> datetime | None:
    """When an offer ends for one account: with its own window, or so long after they joined."""
    if joined_hours is None:
        return offer_ends
    own = joined_at + timedelta(hours=joined_hours)
    return own if offer_ends is None else min(own, offer_ends)


def best(offers: list[Offer], *, pack: Pack) -> Offer | None:
    """The offer that a buyer gets on a pack: the lowest price, then the most bonus coins."""
    usable = [one for one in offers if one.price is None or one.price < pack.price]
    return min(usable, key=lambda one: (one.price or pack.price, -one.promo_coins), default=None)


def with_offer(basket: Basket, offer: Offer) -> Basket:
    """The basket at the offer's price."""
    price = basket.price if offer.price is None else min(offer.price, basket.price)
    return replace(
        basket,
        price=price,
        original_price=None if price == basket.price else basket.price,
        promo_coins=basket.promo_coins + offer.promo_coins,
        discount_name=offer.name,
        offer=offer.id,
    )


def refusal(coupon: Coupon, basket: Basket, *, own_uses: int, now: datetime) -> str | None:
    """Why a coupon cannot be used for this, in a sentence; None when it can."""
    if now < coupon.starts_at:
        return "This coupon cannot be used yet."
    if coupon.ends_at is not None and now >= coupon.ends_at:
        return "This coupon has run out."
    if coupon.uses_max is not None and coupon.uses >= coupon.uses_max:
        return "This coupon has been used up."
    if own_uses >= coupon.account_uses_max:
        return "You have used this coupon already."
    if coupon.currency is not None and coupon.currency != basket.currency:
        return f"This coupon is for prices in {coupon.currency}."
    if coupon.packs is not None and basket.pack not in coupon.packs:
        return "This coupon is for other packs."
    if basket.coins < coupon.coins_min:
        return f"This coupon is for {coupon.coins_min:,} coins or more."
    return None


def with_coupon(plain: Basket, offered: Basket, coupon: Coupon) -> Basket | str:
    """The basket with the coupon, or why it would not help.

    Bonus coins come on top of an offer. Money off takes the place of an offer, so that no two
    reductions meet on one price; where the offer is better the coupon is kept for another day.
    """
    if coupon.promo_coins is not None:
        more = offered.promo_coins + coupon.promo_coins
        name = " + ".join(filter(None, (offered.discount_name, coupon.name)))
        return replace(offered, promo_coins=more, discount_name=name, coupon=coupon.id)
    off = coupon.amount if coupon.amount is not None else _part(plain.price, coupon.percent_bps)
    if off >= plain.price:
        return "This coupon is worth more than these coins cost."
    if off == 0:
        return "This coupon would take nothing off so small a price."
    if plain.price - off >= offered.price and offered.price < plain.price:
        return "The price that you see is already better than with this coupon."
    return replace(
        plain,
        price=plain.price - off,
        original_price=plain.price,
        discount_name=coupon.name,
        coupon=coupon.id,
    )


def normal_code(text: str) -> str:
    """A code as it is kept: capitals and digits, however somebody typed it."""
    return re.sub("[^A-Z0-9]", "", text.upper())


def _part(price: int, percent_bps: int | None) -> int:
    """The part of a price, rounded down."""
    assert percent_bps is not None
    return price * percent_bps // 10_000
