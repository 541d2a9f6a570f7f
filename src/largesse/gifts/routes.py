"""Send a gift over HTTP."""

from __future__ import annotations

from litestar import Response, get, post

from largesse.gifts.model import GiftOrder
from largesse.gifts.quote import quote_gift
from largesse.gifts.read import read_sent
from largesse.gifts.send import Gifting, send_gift
from largesse.gifts.shapes import (
    Count,
    QuoteShown,
    SendGift,
    SentGiftShown,
    quote_shown,
    sent_shown,
)
from largesse.kernel import ids
from largesse.people import Viewer

REPLAY = {"Idempotent-Replay": "true"}


@post("/v1/rooms/{room_id:str}/gifts", status_code=201, tags=["gifts"])
async def send(
    room_id: str, data: SendGift, viewer: Viewer, idempotency_key: str, gifting: Gifting
) -> Response[SentGiftShown]:
    """Send a gift to the creator who is live in this room.

    Safe to repeat: the same `Idempotency-Key` answers with the first gift again and
    `Idempotent-Replay: true`.
    """
    sent = await send_gift(
        gifting,
        viewer=viewer,
        room=ids.read("rom", room_id),
        order=GiftOrder(data.gift, data.count, data.visibility),
        key=idempotency_key,
    )
    gift = await gifting.shelf.by_id(sent.gift, now=gifting.clock.now())
    headers = REPLAY if sent.replayed else {}
    return Response(sent_shown(sent, gift), status_code=201, headers=headers)


@get("/v1/gifts/{gift:str}/quote", tags=["gifts"])
async def quote(gift: str, viewer: Viewer, gifting: Gifting, count: Count = 1) -> QuoteShown:
    """What a gift would cost this viewer right now, in their own money, and who would get it."""
    return quote_shown(await quote_gift(gifting, viewer=viewer, gift=gift, count=count))


@get("/v1/gifts/sent/{sent_id:str}", tags=["gifts"])
async def read(sent_id: str, viewer: Viewer, gifting: Gifting) -> SentGiftShown:
    """A gift that one sent, with its split; somebody else's is not found."""
    sent = await read_sent(gifting.database, viewer, sent=ids.read("snd", sent_id))
    gift = await gifting.shelf.by_id(sent.gift, now=gifting.clock.now())
    return sent_shown(sent, gift)


routes = [send, quote, read]
