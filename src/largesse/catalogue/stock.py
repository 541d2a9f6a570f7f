"""Stock an empty shop with our own seventeen gifts."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from largesse.catalogue import store
from largesse.catalogue.model import Gift
from largesse.kernel import ids
from largesse.kernel.database import Connection


class _Listed(msgspec.Struct, forbid_unknown_fields=True):
    slug: str
    name: str
    coins: int
    colour: str
    alt: str


async def stock(connection: Connection) -> None:
    """Put the gifts of `gifts.json` on the shelf that are not there yet."""
    text = files("largesse.catalogue").joinpath("gifts.json").read_bytes()
    listed = msgspec.json.decode(text, type=list[_Listed])
    gifts = [
        Gift(
            id=ids.make(),
            slug=gift.slug,
            name=gift.name,
            coins=gift.coins,
            alt=gift.alt,
            colour=gift.colour,
            available_from=None,
            available_until=None,
        )
        for gift in listed
    ]
    await store.insert_missing(connection, gifts)
