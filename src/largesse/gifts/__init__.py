"""Gifts: send one, know its split, find what was sent and received.

A gift is one act of the ledger, which keeps what we want to find again in the
act's own row; the room hears of it after the commit, never before.
"""

from largesse.gifts.live import GiftsOfRoom
from largesse.gifts.model import GiftOrder, SentGift, Split, split_of
from largesse.gifts.open_rooms import OpenRooms
from largesse.gifts.rates import Rates
from largesse.gifts.received import received
from largesse.gifts.send import Gifting, send_gift
from largesse.gifts.shapes import ReceivedGiftShown, received_shown
from largesse.gifts.socket import GiftSocket

__all__ = [
    "GiftOrder",
    "GiftSocket",
    "Gifting",
    "GiftsOfRoom",
    "OpenRooms",
    "Rates",
    "ReceivedGiftShown",
    "SentGift",
    "Split",
    "received",
    "received_shown",
    "send_gift",
    "split_of",
]
