"""What coins cost: pure arithmetic on price lists, integers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from largesse.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PriceList:
    """How one country is charged: currency, tax, and the range of an exact amount."""

    country: str
    currency: str
    coins_min: int
    coins_max: int
    tax_name: str
    tax_bps: int
    is_tax_inclusive: bool

    def bill(self, price: int) -> Bill:
        """What a list price comes to here, with its tax."""
        return bill(price, tax_bps=self.tax_bps, is_tax_inclusive=self.is_tax_inclusive)


@dataclass(frozen=True, slots=True)
class Pack:
    """Coins at a fixed price; bonus coins come on top and cost nothing."""

    id: UUID
    coins: int
    promo_coins: int
    price: int


@dataclass(frozen=True, slots=True)
class Bill:
    """A price, the tax in it or on it, and what the buyer pays in the end."""

    price: int
    tax: int
    total: int


def bill(price: int, *, tax_bps: int, is_tax_inclusive: bool) -> Bill:
    """Split a list price into what is tax and what is not, or put the tax on top.

    Half a minor unit is rounded up, once, on the whole order.
    """
    if is_tax_inclusive:
        return Bill(price, _rounded(price * tax_bps, 10_000 + tax_bps), price)
    tax = _rounded(price * tax_bps, 10_000)
    return Bill(price, tax, price + tax)


def per_coin_micro(total: Money, *, coins: int) -> int:
    """What one bought coin costs, in millionths of the currency, rounded up.

    Bonus coins are not counted: they are no part of what was paid for.
    """
    assert coins > 0
    return -(-total.micro // coins)


def exact_price(coins: int, *, packs: Sequence[Pack]) -> int:
    """The price of any number of coins, read off the packs.

    A number in between costs what the next bigger pack charges for a coin, rounded
    up, so it never undercuts that pack; and never less than a smaller pack costs as a
    whole, so more coins never cost less. Beyond the biggest pack, its own price a coin
    counts.
    """
    assert coins > 0
    assert packs
    bigger = [pack for pack in packs if pack.coins >= coins]
    following = min(bigger or packs, key=lambda pack: pack.coins if bigger else -pack.coins)
    by_rate = -(-coins * following.price // following.coins)
    floor = max((pack.price for pack in packs if pack.coins < coins), default=0)
    return by_rate if following.coins == coins else max(by_rate, floor)


def smallest_fitting(missing: int, *, packs: Sequence[Pack]) -> Pack | None:
    """The smallest pack that brings at least the missing coins, bonus included; else the biggest."""
    fitting = [pack for pack in packs if pack.coins + pack.promo_coins >= missing]
    if fitting:
        return min(fitting, key=lambda pack: (pack.price, pack.coins))
    return max(packs, key=lambda pack: pack.coins, default=None)


def _rounded(amount: int, divisor: int) -> int:
    return (2 * amount + divisor) // (2 * divisor)
