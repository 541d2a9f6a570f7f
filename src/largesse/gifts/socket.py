"""Send a gift over the room socket: the same act, the same answer, no HTTP around it."""

from __future__ import annotations

import msgspec

from largesse.gifts.model import GiftOrder, Visibility
from largesse.gifts.send import Gifting, send_gift
from largesse.gifts.shapes import Count, Name, sent_shown
from largesse.kernel import ids
from largesse.kernel.errors import IdempotencyKeyRequired, Invalid
from largesse.kernel.idempotency import KEY_LENGTH_MAX
from largesse.people import Viewer


class GiftCall(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`gift.send` as it arrives; `room` and the key stand where HTTP has path and header."""

    room: Name
    gift: Name
    idempotency_key: str = ""
    count: Count = 1
    visibility: Visibility | None = None


class GiftSocket:
    """Answers `gift.send` for the gateway; refusals are raised, as in a route."""

    def __init__(self, gifting: Gifting) -> None:
        self._gifting = gifting
        self._decoder = msgspec.json.Decoder(GiftCall, strict=True)

    async def send(self, viewer: Viewer, params: bytes) -> tuple[int, bytes]:
        """Send a gift; the answer is HTTP's status and body."""
        call = self._decoder.decode(params)
        key = call.idempotency_key
        if not key:
            raise IdempotencyKeyRequired
        if len(key) > KEY_LENGTH_MAX:
            raise Invalid("This key is too long.", field="idempotency_key")
        sent = await send_gift(
            self._gifting,
            viewer=viewer,
            room=ids.read("rom", call.room),
            order=GiftOrder(call.gift, call.count, call.visibility),
            key=key,
        )
        gift = await self._gifting.shelf.by_id(sent.gift, now=self._gifting.clock.now())
        return 201, msgspec.json.encode(sent_shown(sent, gift))
