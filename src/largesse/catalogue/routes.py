"""The catalogue as clients see it."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import get

from largesse.catalogue.model import Gift, Tier, tier_of
from largesse.catalogue.shelf import Shelf
from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.kernel.paging import Page


class CatalogueGift(msgspec.Struct, frozen=True):
    id: str
    slug: str
    name: str
    coins: int
    tier: Tier
    art_url: str
    alt: str
    colour: str
    available_until: datetime | None = None


def shown(gift: Gift) -> CatalogueGift:
    """A gift of the catalogue as clients see it."""
    return CatalogueGift(
        id=ids.show("gft", gift.id),
        slug=gift.slug,
        name=gift.name,
        coins=gift.coins,
        tier=tier_of(gift.coins),
        art_url=f"/gifts/{gift.slug}.svg",
        alt=gift.alt,
        colour=gift.colour,
        available_until=gift.available_until,
    )


@get("/v1/gifts", tags=["catalogue"])
async def list_gifts(shelf: Shelf, clock: Clock) -> Page[CatalogueGift]:
    """All gifts that can be sent now, cheapest first."""
    return Page([shown(gift) for gift in await shelf.gifts(now=clock.now())])


routes = [list_gifts]
