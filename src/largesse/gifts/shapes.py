"""A sent gift as clients see it: over HTTP and over the room socket alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from largesse.catalogue import Gift
from largesse.gifts.model import COUNT_MAX, SentGift, Split, Visibility
from largesse.gifts.quote import GiftQuote
from largesse.gifts.store import ReceivedGift
from largesse.kernel import ids
from largesse.kernel.money import Price, micro

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Count = Annotated[int, Meta(ge=1, le=COUNT_MAX)]


class SendGift(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    gift: Name
    count: Count = 1
    visibility: Visibility | None = None


class GiftName(msgspec.Struct, frozen=True):
    id: str
    slug: str
    name: str


class SplitShown(msgspec.Struct, frozen=True):
    """Who gets how much; `tax + fees + platform + creator` is exactly `cost_basis`."""

    coins: int
    cost_basis: Price
    tax: Price
    fees: Price
    platform: Price
    creator: Price
    promotion: Price
    diamonds: int


class SentGiftShown(msgspec.Struct, frozen=True):
    id: str
    combo_id: str
    room: str
    gift: GiftName
    count: int
    coins: int
    balance: int
    split: SplitShown
    at: datetime
    undo_until: datetime | None = None


class QuoteShown(msgspec.Struct, frozen=True):
    """What a gift would cost right now; `missing` coins would have to be recharged first."""

    gift: GiftName
    count: int
    coins: int
    missing: int
    split: SplitShown


class Sender(msgspec.Struct, frozen=True):
    id: str
    handle: str
    name: str


class ReceivedGiftShown(msgspec.Struct, frozen=True):
    """A gift in the creator's list; `sender` is null for an anonymous one."""

    id: str
    at: datetime
    room: str
    sender: Sender | None
    gift: GiftName
    count: int
    coins: int
    diamonds: int
    split: SplitShown


def split_shown(split: Split) -> SplitShown:
    """A split with its money in six decimal places."""
    return SplitShown(
        coins=split.coins,
        cost_basis=micro(split.cost_basis, split.currency),
        tax=micro(split.tax, split.currency),
        fees=micro(split.fees, split.currency),
        platform=micro(split.platform, split.currency),
        creator=micro(split.creator, split.currency),
        promotion=micro(split.promotion, split.currency),
        diamonds=split.diamonds,
    )


def quote_shown(quote: GiftQuote) -> QuoteShown:
    """A quote as clients see it."""
    gift = quote.gift
    return QuoteShown(
        gift=GiftName(ids.show("gft", gift.id), gift.slug, gift.name),
        count=quote.count,
        coins=quote.split.coins,
        missing=quote.missing,
        split=split_shown(quote.split),
    )


def sent_shown(sent: SentGift, gift: Gift) -> SentGiftShown:
    """The answer to whoever sent it; a replay gives the same bytes."""
    return SentGiftShown(
        id=ids.show("snd", sent.id),
        combo_id=ids.show("cmb", sent.combo),
        room=ids.show("rom", sent.room),
        gift=GiftName(ids.show("gft", gift.id), gift.slug, gift.name),
        count=sent.count,
        coins=sent.split.coins,
        balance=sent.balance,
        split=split_shown(sent.split),
        at=sent.at,
    )


def received_shown(gift: ReceivedGift) -> ReceivedGiftShown:
    """A received gift as its creator sees it."""
    sender = None
    if gift.sender_id is not None:
        sender = Sender(
            ids.show("acc", gift.sender_id), gift.sender_handle or "", gift.sender_name or ""
        )
    split = Split(
        coins=gift.coins,
        cost_basis=gift.micro,
        tax=gift.tax,
        fees=gift.fees,
        platform=gift.micro - gift.tax - gift.fees - gift.share,
        creator=gift.share,
        promotion=gift.promotion,
        diamonds=gift.diamonds,
        currency=gift.currency,
    )
    return ReceivedGiftShown(
        id=ids.show("snd", gift.id),
        at=gift.at,
        room=ids.show("rom", gift.room),
        sender=sender,
        gift=GiftName(ids.show("gft", gift.gift), gift.slug, gift.name),
        count=gift.count,
        coins=gift.coins,
        diamonds=gift.diamonds,
        split=split_shown(split),
    )
