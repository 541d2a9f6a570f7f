"""Make the offer that a buyer reviews: everything is fixed now, nothing is charged yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from msgspec import to_builtins

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import Invalid
from largesse.kernel.money import LARGEST_AMOUNT, Money, minor
from largesse.ledger import CurrencyMismatch
from largesse.people import Viewer, require_adult
from largesse.recharge import packs, price, store
from largesse.recharge.errors import (
    CouponRefused,
    MethodOutOfRange,
    MethodUnavailable,
    PackUnavailable,
)
from largesse.recharge.model import Recharge, State, Step
from largesse.recharge.packs import Shelf
from largesse.recharge.papers.terms import current_terms
from largesse.recharge.recharging import Recharging
from largesse.recharge.reductions.model import Basket
from largesse.recharge.reductions.offers import reduced
from largesse.recharge.saved import store as saved_store
from largesse.recharge.saved.keep import CONSENT_VERSION
from largesse.recharge.saved.store import Way
from largesse.recharge.saved.ways import own_method
from largesse.recharge.store import PaymentMethod

RETURN_URL_LENGTH_MAX = 2000


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to buy: a pack or an exact number of coins, and how to pay."""

    method: str
    pack: UUID | None = None
    coins: int | None = None
    return_url: str | None = None
    saves: bool = False
    saved: UUID | None = None
    coupon: str | None = None


async def quote(
    connection: Connection, recharging: Recharging, viewer: Viewer, wish: Wish, *, now: datetime
) -> Recharge:
    """An order in review. The price holds until it expires, whatever the list says by then.

    Raises `AgeRestricted`, `CurrencyMismatch`, `PackUnavailable`, `MethodUnavailable`,
    `CouponRefused` or `Invalid`.
    """
    require_adult(viewer, today=now.date())
    method, shelf = await _at_the_shelf(connection, recharging, viewer, wish, now=now)
    kept_by = await _kept_by(connection, recharging, viewer, wish)
    basket = await _basket(connection, shelf, viewer, wish, now=now)
    bill = shelf.prices.bill(basket.price)
    _require_in_range(method, Money(bill.total, shelf.prices.currency))
    terms = await current_terms(connection, now=now)
    recharge_id = ids.make()
    recharge = Recharge(
        id=recharge_id,
        account=viewer.no,
        person=viewer.id,
        state=State.REVIEW,
        pack=basket.pack,
        country=viewer.country,
        coins=basket.coins,
        promo_coins=basket.promo_coins,
        promo_days=recharging.rules.promo_days,
        currency=shelf.prices.currency,
        price=bill.price,
        tax=bill.tax,
        total=bill.total,
        method=wish.method,
        provider=kept_by or method.provider,
        return_url=return_url(wish.return_url, origin=recharging.origin, recharge=recharge_id),
        terms=terms.version,
        attempts_done=0,
        attempts_seen=0,
        dispute=None,
        checkout=None,
        checkout_url=None,
        made_at=now,
        expires_at=now + timedelta(seconds=recharging.rules.quote_seconds),
        confirmed_at=None,
        next_check_at=None,
        original_price=basket.original_price,
        discount_name=basket.discount_name,
        offer=basket.offer,
        coupon=basket.coupon,
        tax_name=shelf.prices.tax_name,
        tax_bps=shelf.prices.tax_bps,
        product="" if basket.pack is None else shelf.products.get(basket.pack, ""),
    )
    await store.insert(connection, recharge)
    await _note_way(connection, recharge, wish)
    facts = {"total": bill.total, "currency": recharge.currency, "terms": recharge.terms}
    await store.add_step(connection, recharge_id, Step("quoted", facts), at=now)
    return recharge


def return_url(wanted: str | None, *, origin: str, recharge: UUID) -> str:
    """Where the payer comes back to: the order's own page unless the client has another."""
    if wanted is None:
        return f"{origin}/recharge/{ids.show('rch', recharge)}"
    # A path that starts with two slashes names another host; it may not pass as one of ours.
    is_path = wanted.startswith("/") and not wanted.startswith("//")
    whole = urljoin(f"{origin}/", wanted) if is_path else wanted
    parts = urlsplit(whole)
    is_usable = parts.scheme in ("http", "https") and parts.netloc and whole.isprintable()
    if not is_usable or len(whole) > RETURN_URL_LENGTH_MAX:
        raise Invalid("return_url must be a web address or a path of ours.", field="return_url")
    return whole


async def _at_the_shelf(
    connection: Connection, recharging: Recharging, viewer: Viewer, wish: Wish, *, now: datetime
) -> tuple[PaymentMethod, Shelf]:
    """The way to pay, and what is sold in its channel."""
    method = await _method(connection, recharging, viewer, wish.method, now=now)
    shelf = await packs.shelf_in(
        connection, method.channel, country=viewer.country, now=now, account=viewer.no
    )
    if shelf.prices.currency != viewer.currency:
        # Found out after the payment, it would be money that cannot become coins.
        raise CurrencyMismatch(expected=viewer.currency, got=shelf.prices.currency)
    return method, shelf


def _require_in_range(method: PaymentMethod, total: Money) -> None:
    """Refuse now what the provider would refuse once the order was confirmed."""
    if method.takes(total.amount):
        return
    facts = {
        name: minor(Money(amount, total.currency))
        for name, amount in (("min", method.amount_min), ("max", method.amount_max))
        if amount is not None
    }
    said = " and ".join(
        f"at {'least' if name == 'min' else 'most'} {price.display}"
        for name, price in facts.items()
    )
    raise MethodOutOfRange(
        f"{method.name} takes {said}.", **{name: to_builtins(one) for name, one in facts.items()}
    )


async def _basket(
    connection: Connection, shelf: Shelf, viewer: Viewer, wish: Wish, *, now: datetime
) -> Basket:
    plain = _chosen(shelf, wish)
    if shelf.products and wish.coupon:
        raise CouponRefused("A coupon does not change what an app store charges.")
    offer = None if plain.pack is None else shelf.offers.get(plain.pack)
    return await reduced(
        connection, plain, offer=offer, code=wish.coupon, account=viewer.no, now=now
    )


def _chosen(shelf: Shelf, wish: Wish) -> Basket:
    """What the wish comes to at list prices."""
    if (wish.pack is None) == (wish.coins is None):
        raise Invalid("Send either pack_id or coins.", field="pack_id")
    currency = shelf.prices.currency
    for pack in shelf.packs:
        if wish.pack == pack.id or wish.coins == pack.coins:
            return Basket(pack.id, pack.coins, pack.promo_coins, pack.price, currency)
    if wish.coins is None or shelf.products:
        # A store sells its products and nothing between them.
        raise PackUnavailable
    least, most = shelf.prices.coins_min, shelf.prices.coins_max
    if not least <= wish.coins <= most or not shelf.packs:
        raise Invalid(f"coins must be from {least} to {most}.", field="coins", min=least, max=most)
    list_price = price.exact_price(wish.coins, packs=shelf.packs)
    if list_price > LARGEST_AMOUNT:
        raise Invalid("coins must be fewer.", field="coins")
    return Basket(None, wish.coins, 0, list_price, currency)


async def _kept_by(
    connection: Connection, recharging: Recharging, viewer: Viewer, wish: Wish
) -> str | None:
    """Who keeps the saved method that is wished for; it can be paid with nowhere else."""
    if wish.saved is None:
        return None
    if wish.saves:
        raise Invalid("This way to pay is saved already.", field="save_method")
    saved = await own_method(connection, viewer, wish.saved)
    if saved.method != wish.method or saved.provider not in recharging.providers:
        raise MethodUnavailable(methods=[saved.method])
    return saved.provider


async def _note_way(connection: Connection, recharge: Recharge, wish: Wish) -> None:
    """Write down how the order is paid, where it is more than a page."""
    if wish.saved is not None:
        await saved_store.insert_way(connection, Way(recharge.id, method=wish.saved))
    elif wish.saves:
        customer = await saved_store.customer_of(
            connection, person=recharge.account, provider=recharge.provider
        )
        way = Way(recharge.id, saves=True, consent=CONSENT_VERSION, customer=customer)
        await saved_store.insert_way(connection, way)


async def _method(
    connection: Connection, recharging: Recharging, viewer: Viewer, wanted: str, *, now: datetime
) -> PaymentMethod:
    offered = await packs.payment_methods(
        connection,
        country=viewer.country,
        providers=recharging.providers,
        now=now,
        channel=None,
    )
    for one in offered:
        if one.code == wanted:
            return one
    raise MethodUnavailable(methods=[one.code for one in offered if one.channel == "web"])
