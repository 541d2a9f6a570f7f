"""Use an offer or a coupon up when an order is confirmed, and give it back when it comes to nothing."""

from __future__ import annotations

from datetime import datetime

from largesse.kernel.database import Connection
from largesse.recharge.errors import CouponRefused, OfferGone
from largesse.recharge.model import Recharge, State
from largesse.recharge.reductions import store

_CAME_TO_NOTHING = frozenset({State.EXPIRED, State.CANCELLED, State.DECLINED})


async def use_up(connection: Connection, recharge: Recharge, *, at: datetime) -> None:
    """What this order's review promised is its own from now on.

    Looked at again here, under the coupon's lock: of fifty orders that want its last use one gets
    it. Raises `CouponRefused` or `OfferGone`; the order stays in review then.
    """
    if recharge.coupon is not None:
        await _use_coupon(connection, recharge, at=at)
    if recharge.offer is not None and await store.offer_is_first(connection, offer=recharge.offer):
        is_used = await store.has_recharged(connection, account=recharge.account)
        if is_used or not await store.use_first_offer(
            connection,
            recharge=recharge.id,
            offer=recharge.offer,
            account=recharge.account,
            at=at,
        ):
            raise OfferGone


async def follow(
    connection: Connection, before: Recharge, after: Recharge, *, at: datetime
) -> None:
    """Give back what an order used up that came to nothing; count it again if it is paid after all.

    The caller holds the order's row. Money that comes late is credited at the price that was
    promised, even where somebody else has had the last use meanwhile.
    """
    if before.state is after.state or (after.coupon is None and after.offer is None):
        return
    if after.state in _CAME_TO_NOTHING:
        await store.release_coupon(connection, recharge=after.id, at=at)
        await store.release_first_offer(connection, recharge=after.id, at=at)
    elif before.state in _CAME_TO_NOTHING:
        await store.use_coupon_late(connection, recharge=after.id)


async def _use_coupon(connection: Connection, recharge: Recharge, *, at: datetime) -> None:
    assert recharge.coupon is not None
    coupon = await store.locked_coupon(connection, coupon=recharge.coupon)
    if coupon.uses_max is not None and coupon.uses >= coupon.uses_max:
        raise CouponRefused("This coupon has been used up.")
    own = await store.own_uses(connection, coupon=coupon.id, account=recharge.account)
    if own >= coupon.account_uses_max:
        raise CouponRefused("You have used this coupon already.")
    await store.use_coupon(
        connection, recharge=recharge.id, coupon=coupon.id, account=recharge.account, at=at
    )
