"""What a gift would cost, said before it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from largesse import ledger
from largesse.catalogue import Gift
from largesse.gifts.model import Split, split_of
from largesse.gifts.send import Gifting
from largesse.people import Viewer


@dataclass(frozen=True, slots=True)
class GiftQuote:
    """A gift that was not sent: its split as of now, and the coins that are missing for it."""

    gift: Gift
    count: int
    missing: int
    split: Split


async def quote_gift(gifting: Gifting, *, viewer: Viewer, gift: str, count: int) -> GiftQuote:
    """Price a gift from the coins that this viewer would really spend.

    Coins that are missing cost nothing yet: their price is the pack's.
    """
    now = gifting.clock.now()
    wanted = await gifting.shelf.find(gift, now=now)
    coins = wanted.coins * count
    async with gifting.database.read() as connection:
        basis = await ledger.next_basis(connection, viewer.no, coins=coins, at=now)
    split = split_of(
        coins=coins,
        diamonds=coins * gifting.diamonds_per_coin,
        cost_basis=basis.micro,
        tax=basis.tax_micro,
        fees=basis.fee_micro,
        diamond_micro=await gifting.rates.diamond_micro(viewer.currency, now=now),
        currency=basis.currency,
    )
    return GiftQuote(wanted, count, max(0, coins - basis.promo - basis.paid), split)
