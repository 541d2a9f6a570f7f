"""Give out a coupon: the operator's verb."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import Invalid
from largesse.kernel.money import NUMERIC, Money
from largesse.recharge.reductions import store
from largesse.recharge.reductions.model import Coupon, normal_code

_CODE = re.compile("[A-Z0-9]{4,32}")
PERCENT_BPS_MAX = 9_900


@dataclass(frozen=True, slots=True)
class NewCoupon:
    """A coupon as an operator wants it: exactly one of a per cent, an amount and bonus coins."""

    code: str
    name: str = ""
    percent: int | None = None
    amount: Money | None = None
    promo_coins: int | None = None
    ends_at: datetime | None = None
    uses_max: int | None = None
    account_uses_max: int = 1
    coins_min: int = 0


async def add_coupon(connection: Connection, new: NewCoupon, *, now: datetime) -> Coupon:
    """A coupon that can be used from now on. Raises `Invalid`."""
    code = normal_code(new.code)
    _check(new, code, now=now)
    coupon = Coupon(
        id=ids.make(),
        name=new.name or code,
        percent_bps=None if new.percent is None else new.percent * 100,
        amount=None if new.amount is None else new.amount.amount,
        currency=None if new.amount is None else new.amount.currency,
        promo_coins=new.promo_coins,
        starts_at=now,
        ends_at=new.ends_at,
        uses_max=new.uses_max,
        account_uses_max=new.account_uses_max,
        coins_min=new.coins_min,
        packs=None,
        uses=0,
    )
    if not await store.insert_coupon(connection, coupon, code=code):
        raise Invalid("There is a coupon with this code already.", field="code")
    return coupon


def _check(new: NewCoupon, code: str, *, now: datetime) -> None:
    if not _CODE.fullmatch(code):
        raise Invalid("A code has 4 to 32 letters and digits.", field="code")
    kinds = [new.percent, new.amount, new.promo_coins]
    if sum(kind is not None for kind in kinds) != 1:
        raise Invalid("Say one of percent, amount and bonus coins.", field="percent")
    if new.percent is not None and not 1 <= new.percent * 100 <= PERCENT_BPS_MAX:
        raise Invalid("percent must be from 1 to 99.", field="percent")
    if new.amount is not None and (new.amount.amount < 1 or new.amount.currency not in NUMERIC):
        raise Invalid("amount must be positive, in a currency that we sell in.", field="amount")
    if new.promo_coins is not None and new.promo_coins < 1:
        raise Invalid("bonus coins must be 1 or more.", field="promo_coins")
    if new.ends_at is not None and new.ends_at <= now:
        raise Invalid("The coupon would have run out already.", field="ends_at")
    uses_max = 1 if new.uses_max is None else new.uses_max
    if uses_max < 1 or new.account_uses_max < 1 or new.coins_min < 0:
        raise Invalid("Counts must be 1 or more.", field="uses_max")
