"""Gift codes from the command line: issued once, printed once."""

from __future__ import annotations

import csv
import re
import sys
from datetime import datetime
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from largesse.kernel import ids
from largesse.kernel.clock import SystemClock
from largesse.kernel.database import Database
from largesse.kernel.errors import Invalid
from largesse.kernel.money import LARGEST_AMOUNT, NUMERIC
from largesse.recharge import CodeKind, issue_codes, void_codes
from largesse.reports import on_books
from largesse.settings import Settings

COUNT_MAX = 100_000
# Of one code: whoever needs more buys several.
COINS_MAX = 1_000_000

codes = cyclopts.App(name="codes", help="Gift codes that people turn into coins.")


@codes.command
def issue(
    *,
    count: int,
    coins: int = 0,
    price: Annotated[int, Parameter(help="of one code, in minor units: 499 is $4.99")] = 0,
    currency: str = "",
    promo: Annotated[int, Parameter(help="promo coins, on top or alone")] = 0,
    promo_days: int = 180,
    country: str = "",
    expires: Annotated[str, Parameter(help="a moment with its zone; never")] = "",
    note: str = "",
) -> int:
    """Issue codes and print them as CSV. They cannot be printed again.

    Coins that were sold have a price and its currency; promo coins have neither.
    """

    async def work(database: Database, settings: Settings) -> None:
        now = SystemClock(settings.clock_offset_s).now()
        if not 0 < count <= COUNT_MAX:
            raise Invalid(f"Issue from 1 to {COUNT_MAX} codes.", field="count")
        _check_worth(coins=coins, promo=promo, price=price, currency=currency)
        if country and not re.fullmatch("[A-Z]{2}", country):
            raise Invalid("Use a two-letter country code such as US.", field="country")
        if promo_days < 1:
            raise Invalid("Promo coins last for a day at least.", field="promo_days")
        kind = CodeKind(
            coins=coins,
            promo_coins=promo,
            promo_days=promo_days,
            country=country or None,
            currency=currency or None,
            price=price or None,
            expires_at=_moment(expires, now=now),
        )
        issued = await issue_codes(database, kind, count=count, note=note, now=now)
        batch = ids.show("bat", issued.batch)
        sheet = csv.writer(sys.stdout)
        sheet.writerow(["batch", "code", "coins", "promo_coins", "price", "currency", "expires_at"])
        for code in issued.codes:
            sheet.writerow([batch, code, coins, promo, price or "", currency, expires])

    return on_books(work)


@codes.command
def void(batch: str) -> int:
    """Make all codes of a batch worthless that nobody has redeemed: they were lost or stolen."""

    async def work(database: Database, settings: Settings) -> None:
        now = SystemClock(settings.clock_offset_s).now()
        unused = await void_codes(database, ids.read("bat", batch), now=now)
        sys.stdout.write(f"{unused} codes will not work any more.\n")

    return on_books(work)


def _check_worth(*, coins: int, promo: int, price: int, currency: str) -> None:
    for name, amount in (("coins", coins), ("promo", promo)):
        if not 0 <= amount <= COINS_MAX:
            raise Invalid(f"{name} must be from 0 to {COINS_MAX}.", field=name)
    if not coins + promo:
        raise Invalid("A code is worth coins or promo coins.", field="coins")
    if (coins > 0) != (price > 0) or not 0 <= price <= LARGEST_AMOUNT:
        raise Invalid("Coins have a price, and promo coins have none.", field="price")
    if (price > 0) != bool(currency) or (currency and currency not in NUMERIC):
        raise Invalid("A price has a currency that purses are in.", field="currency")


def _moment(text: str, *, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment <= now:
        raise Invalid(f"{text!r} is no moment to come, with its zone.", field="expires")
    return moment
