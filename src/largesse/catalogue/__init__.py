"""The gift catalogue: what can be sent, for how many coins, and from when to when.

Prices in coins live in the database, so an operator edits them without a
deploy; the list below `gifts.json` only stocks an empty shop.
"""

from largesse.catalogue.model import Gift, GiftUnavailable, tier_of
from largesse.catalogue.shelf import Shelf
from largesse.catalogue.stock import stock

__all__ = ["Gift", "GiftUnavailable", "Shelf", "stock", "tier_of"]
