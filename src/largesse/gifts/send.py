"""Send a gift: price it, take the coins, write it down, and only then tell the room."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from largesse.catalogue import Gift, Shelf, tier_of
from largesse.gifts import store
from largesse.gifts.model import (
    COUNT_MAX,
    GiftOrder,
    GiftToSelf,
    SentGift,
    Streaks,
    split_of,
)
from largesse.gifts.open_rooms import OpenRooms
from largesse.gifts.rates import Rates
from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.errors import Invalid
from largesse.kernel.money import LARGEST_AMOUNT
from largesse.ledger import Committer, InsufficientCoins, Kind, Spend, Spent
from largesse.people import Viewer, require_adult
from largesse.recharge import smallest_fitting_pack
from largesse.rooms import Actor, GiftFacts, GiftSent, Stage, WalletChanged


@dataclass(frozen=True, slots=True)
class Gifting:
    """Whom sending a gift needs; put together once in `main`."""

    database: Database
    ledger: Committer
    stage: Stage
    shelf: Shelf
    rooms: OpenRooms
    rates: Rates
    clock: Clock
    diamonds_per_coin: int
    streaks: Streaks = field(default_factory=Streaks)


async def send_gift(
    gifting: Gifting, *, viewer: Viewer, room: UUID, order: GiftOrder, key: str
) -> SentGift:
    """Send a gift to the creator who is live in this room.

    Safe to repeat: the same key answers with the first gift again (`replayed`), and
    the room hears of it once. Raises `InsufficientCoins` with what is missing and
    the smallest pack that fits, `LimitReached`, `AgeRestricted`, `NotFound`, …
    """
    now = gifting.clock.now()
    require_adult(viewer, today=now.date())
    gift = await gifting.shelf.find(order.gift, now=now)
    creator = (await gifting.rooms.find(room, now=now)).creator_no
    if creator == viewer.no:
        raise GiftToSelf
    coins = _price(gift, order)
    anonymous = (order.visibility or viewer.visibility) == "anonymous"
    spend = Spend(
        id=ids.make(),
        account=viewer.no,
        key=key,
        body=f"gift {room} {gift.slug} {order.count} {order.visibility}".encode(),
        kind=Kind.GIFT,
        creator=creator,
        coins=coins,
        diamonds=coins * gifting.diamonds_per_coin,
        at=now,
        place=room,
        item=gift.id,
        thread=gifting.streaks.join(
            sender=viewer.no, room=room, gift=gift.id, anonymous=anonymous, now=now
        ),
        count=order.count,
        rate=await gifting.rates.diamond_micro(viewer.currency, now=now),
        hidden=anonymous,
    )
    try:
        spent = await gifting.ledger.spend(spend)
    except InsufficientCoins as error:
        raise await _with_fitting_pack(gifting, viewer, error) from None
    if spent.replayed:
        async with gifting.database.read() as connection:
            return await store.sent_gift(
                connection, sender=viewer.no, seq=spent.seq, balance=spent.balance
            )
    sent = _sent(spend, spent, room=room, gift=gift)
    gifting.stage.announce(room, _told(viewer, gift, sent))
    gifting.stage.tell(viewer.id, _balance(spent))
    return sent


def _price(gift: Gift, order: GiftOrder) -> int:
    if not 1 <= order.count <= COUNT_MAX:
        raise Invalid(f"count must be from 1 to {COUNT_MAX}.", field="count")
    coins = gift.coins * order.count
    assert coins <= LARGEST_AMOUNT, "the dearest gift times the largest count stays countable"
    return coins


async def _with_fitting_pack(
    gifting: Gifting, viewer: Viewer, error: InsufficientCoins
) -> InsufficientCoins:
    missing = int(error.facts["missing"])
    async with gifting.database.read() as connection:
        pack = await smallest_fitting_pack(connection, country=viewer.country, missing=missing)
    facts = error.facts if pack is None else error.facts | {"pack_id": ids.show("pck", pack.id)}
    return InsufficientCoins(f"{missing} more coins are needed for this.", **facts)


def _sent(spend: Spend, spent: Spent, *, room: UUID, gift: Gift) -> SentGift:
    assert spend.thread is not None
    split = split_of(
        coins=spent.coins,
        diamonds=spend.diamonds,
        cost_basis=spent.micro,
        tax=spent.tax_micro,
        fees=spent.fee_micro,
        diamond_micro=spend.rate,
        currency=spent.currency,
    )
    return SentGift(
        id=spent.id,
        seq=spent.seq,
        sender=spent.account,
        creator=spend.creator,
        room=room,
        gift=gift.id,
        combo=spend.thread,
        count=spend.count,
        at=spent.at,
        anonymous=spend.hidden,
        balance=spent.balance,
        split=split,
    )


def _told(viewer: Viewer, gift: Gift, sent: SentGift) -> GiftSent:
    actor = Actor(id=ids.show("acc", viewer.id), handle=viewer.handle, name=viewer.name)
    return GiftSent(
        id=ids.show("snd", sent.id),
        at=sent.at,
        room=ids.show("rom", sent.room),
        actor=None if sent.anonymous else actor,
        gift=facts_of(gift),
        count=sent.count,
        coins=sent.split.coins,
        combo_id=ids.show("cmb", sent.combo),
        creator_diamonds=sent.split.diamonds,
    )


def _balance(spent: Spent) -> WalletChanged:
    """For the sender's other devices; the one that sent has its answer."""
    return WalletChanged(
        id=ids.show("evt", spent.id),
        at=spent.at,
        reason="gift",
        coins=spent.balance,
        reference=ids.show("snd", spent.id),
    )


def facts_of(gift: Gift) -> GiftFacts:
    """A gift as a room tells it."""
    return GiftFacts(
        id=ids.show("gft", gift.id),
        slug=gift.slug,
        name=gift.name,
        coins=gift.coins,
        tier=tier_of(gift.coins),
    )
