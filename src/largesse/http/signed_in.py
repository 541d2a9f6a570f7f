"""Who is asking: a bearer token, or the browser's cookie sent from our own pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar import Request

from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.errors import IdempotencyKeyRequired, Invalid, LargesseError, SignInRequired
from largesse.kernel.idempotency import KEY_LENGTH_MAX
from largesse.people import Viewer, viewer_of
from largesse.people.routes import cookie_name
from largesse.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteRefused(LargesseError):
    """Another site's page sent this request with your cookie; nothing was done."""

    code = "cross_site_refused"


async def session_token(request: Request[Any, Any, Any], settings: Settings) -> str | None:
    """The session token of a request, from either door.

    A cookie travels by itself, so on anything that changes something the request
    must come from our own origin; a bearer token is proof enough.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    token = request.cookies.get(cookie_name(settings), "")
    if not token:
        return None
    if request.method not in SAFE_METHODS:
        _require_own_page(request, settings)
    return token


def _require_own_page(request: Request[Any, Any, Any], settings: Settings) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise CrossSiteRefused
        return
    sender = urlsplit(origin).netloc
    if sender not in {request.headers.get("host"), urlsplit(settings.origin).netloc}:
        raise CrossSiteRefused


async def guest(session_token: str | None, database: Database, clock: Clock) -> Viewer | None:
    """The person who is asking, or None for somebody who only looks."""
    if session_token is None:
        return None
    return await viewer_of(database, token=session_token, now=clock.now())


async def viewer(guest: Viewer | None) -> Viewer:
    """The person who is asking; raises `SignInRequired`."""
    if guest is None:
        raise SignInRequired
    return guest


async def idempotency_key(request: Request[Any, Any, Any]) -> str:
    """The key under which this request takes effect at most once."""
    key = request.headers.get("idempotency-key", "").strip()
    if not key:
        raise IdempotencyKeyRequired
    if len(key) > KEY_LENGTH_MAX or not key.isprintable():
        raise Invalid(
            f"An Idempotency-Key has at most {KEY_LENGTH_MAX} printable characters.",
            field="Idempotency-Key",
        )
    return key
