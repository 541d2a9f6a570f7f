"""Say what auto-recharge did, each time: on the order's timeline, to its owner, and by mail."""

from __future__ import annotations

from datetime import datetime

from largesse import mail
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import minor
from largesse.mail import Letter, put_letters
from largesse.people import Viewer
from largesse.recharge import store
from largesse.recharge.model import Recharge, Step
from largesse.recharge.recharging import RechargeNews, Recharging
from largesse.recharge.saved import store as saved_store

# Why it paused, for its owner. Every word that `paused_why` can be, but those of a refused order.
PAUSES = {
    "payment_declined": "your card was declined several times.",
    "bank_not_confirmed": "your bank wanted you to confirm a payment, and nobody did.",
    "order_cancelled": "you cancelled a recharge that it had made.",
    "payment_unknown": "we never heard whether your last payment went through.",
    "method_removed": "the way to pay that it used was removed.",
    "card_expired": "the card that it used has expired.",
    "second_factor_missing": "your account has no second factor any more.",
    "spending_frozen": "spending is paused on your account.",
    "coins_owed": "coins are owed on your account.",
    "price_changed": "the price of the pack has gone up.",
}


async def announce(
    connection: Connection,
    recharging: Recharging,
    what: str,
    *,
    owner: Viewer,
    order: Recharge | None,
    now: datetime,
    reason: str = "",
) -> RechargeNews:
    """Write it down in the caller's transaction; the news it returns is told after the commit.

    Every word of auto-recharge to its owner goes through here. Some are about no order, such
    as a pause because the card has expired.
    """
    if order is not None:
        facts = {"reason": reason} if reason else {}
        await store.add_step(connection, order.id, Step(what, facts), at=now)
    words = await _words(connection, recharging, what, owner=owner, order=order, reason=reason)
    if words is not None:
        letter = Letter(
            id=ids.make(),
            kind=what,
            recipient=owner.email,
            subject=words.subject,
            text=words.text,
            html=words.html,
            made_at=now,
        )
        await put_letters(connection, [letter])
    return RechargeNews(
        person=owner.id,
        reference="" if order is None else order.reference,
        at=now,
        state=None if order is None else order.state,
        what=what,
    )


async def _words(
    connection: Connection,
    recharging: Recharging,
    what: str,
    *,
    owner: Viewer,
    order: Recharge | None,
    reason: str,
) -> mail.Words | None:
    """What the mail says; None for what is no reason to write one."""
    if what == "auto_paused":
        why = PAUSES.get(reason, "the pack cannot be bought as it was agreed to.")
        return mail.auto_recharge_paused(
            name=owner.name, why=why, url=f"{recharging.origin}/wallet"
        )
    if order is None or what not in ("auto_recharged", "auto_action_required"):
        return None
    coins = f"{order.coins + order.promo_coins:,} coins"
    total = minor(order.total_money).display
    url = f"{recharging.origin}/recharge/{order.reference}"
    if what == "auto_action_required":
        return mail.auto_recharge_asks(name=owner.name, coins=coins, total=total, url=url)
    paid_with = await _paid_with(connection, order)
    return mail.auto_recharge_notice(
        name=owner.name, coins=coins, total=total, paid_with=paid_with, url=url
    )


async def _paid_with(connection: Connection, order: Recharge) -> str:
    way = await saved_store.way_of(connection, recharge=order.id)
    assert way is not None
    assert way.method is not None
    method = await saved_store.method_by_id(connection, method=way.method)
    assert method is not None
    return method.label
