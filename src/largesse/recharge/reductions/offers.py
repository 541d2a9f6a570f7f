"""Which offers an account has, and which coupon a buyer may use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.errors import RateLimited
from largesse.recharge.errors import CouponRefused
from largesse.recharge.price import Pack
from largesse.recharge.recharging import Recharging
from largesse.recharge.reductions import model as reduction
from largesse.recharge.reductions import store
from largesse.recharge.reductions.model import Basket, Offer

REFUSALS_MAX = 10
REFUSAL_WINDOW = timedelta(minutes=15)


async def offers_of(
    connection: Connection, packs: Sequence[Pack], *, account: int | None, now: datetime
) -> Mapping[UUID, Offer]:
    """The best offer on each pack; a guest has those that are for everybody."""
    rows = await store.offers(connection, packs=[pack.id for pack in packs], now=now)
    if not rows:
        return {}
    joined_at, may_first = None, False
    if account is not None:
        joined_at = await store.joined_at(connection, account=account)
        may_first = not await store.has_recharged(connection, account=account)
    found: dict[UUID, list[Offer]] = {}
    for row in rows:
        is_personal = row.is_first or row.joined_hours is not None
        if is_personal and (joined_at is None or (row.is_first and not may_first)):
            continue
        ends = reduction.ends_at(
            row.ends_at, joined_at=joined_at or now, joined_hours=row.joined_hours
        )
        if ends is None or now < ends:
            offer = Offer(
                row.id, row.pack, row.name, row.price, row.promo_coins, row.is_first, ends
            )
            found.setdefault(row.pack, []).append(offer)
    chosen = {pack.id: reduction.best(found.get(pack.id, []), pack=pack) for pack in packs}
    return {pack: offer for pack, offer in chosen.items() if offer is not None}


@asynccontextmanager
async def counted_coupon(
    recharging: Recharging, *, account: int, now: datetime
) -> AsyncIterator[None]:
    """Look at a coupon inside; one that is refused there counts among this account's wrong codes.

    It is counted before it is looked at and apart, because a refused request leaves nothing
    behind and many at once would not see each other. Raises `RateLimited` after ten codes that
    did not work.
    """
    attempt = ids.make()
    async with recharging.database.work() as connection:
        may_try = await store.begin_try(
            connection,
            attempt=attempt,
            account=account,
            at=now,
            since=now - REFUSAL_WINDOW,
            most=REFUSALS_MAX,
        )
    if not may_try:
        raise RateLimited("Too many codes that did not work.", retry_after=60)
    is_wrong = False
    try:
        yield
    except CouponRefused:
        is_wrong = True
        raise
    finally:
        if not is_wrong:
            async with recharging.database.work() as connection:
                await store.forget_try(connection, attempt=attempt)


async def reduced(
    connection: Connection,
    basket: Basket,
    *,
    offer: Offer | None,
    code: str | None,
    account: int,
    now: datetime,
) -> Basket:
    """The basket with what its buyer's offer and coupon take off; neither is used up by it.

    Raises `CouponRefused` with the reason.
    """
    offered = basket if offer is None else reduction.with_offer(basket, offer)
    if code is None:
        return offered
    coupon = await store.coupon_by_code(connection, code=reduction.normal_code(code))
    if coupon is None:
        raise CouponRefused("There is no coupon with this code.")
    own_uses = await store.own_uses(connection, coupon=coupon.id, account=account)
    reason = reduction.refusal(coupon, basket, own_uses=own_uses, now=now)
    if reason is not None:
        raise CouponRefused(reason)
    outcome = reduction.with_coupon(basket, offered, coupon)
    if isinstance(outcome, str):
        raise CouponRefused(outcome)
    return outcome
