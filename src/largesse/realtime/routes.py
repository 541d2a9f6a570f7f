"""Where to connect, and with which token."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import get

from largesse.kernel import ids
from largesse.kernel.clock import Clock
from largesse.people import Viewer
from largesse.realtime.tokens import LIFETIME, Tokens
from largesse.rooms import Actor
from largesse.settings import Settings


class RealtimeAddress(msgspec.Struct, frozen=True):
    url: str
    token: str
    expires_at: datetime


@get("/v1/realtime", tags=["rooms"])
async def read_realtime(
    guest: Viewer | None, tokens: Tokens, clock: Clock, settings: Settings
) -> RealtimeAddress:
    """The room socket's address and a token for it, which also a guest gets."""
    now = clock.now()
    account = None if guest is None else guest.id
    actor = None
    # Whoever gives anonymously also comes in unannounced.
    if guest is not None and guest.visibility == "public":
        actor = Actor(ids.show("acc", guest.id), guest.handle, guest.name)
    return RealtimeAddress(
        url=settings.gateway_address,
        token=tokens.issue(now=now, account=account, actor=actor),
        expires_at=now + LIFETIME,
    )


routes = [read_realtime]
