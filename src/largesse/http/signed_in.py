"""Who is asking: a bearer token, or the browser's cookie sent from our own pages."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import HeaderParameter

from largesse.kernel.clock import Clock
from largesse.kernel.database import Database
from largesse.kernel.errors import IdempotencyKeyRequired, Invalid, LargesseError, SignInRequired
from largesse.kernel.idempotency import KEY_LENGTH_MAX
from largesse.people import Viewer, require_operator, viewer_of
from largesse.people.routes import cookie_name
from largesse.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSiteRefused(LargesseError):
    """Another site's page sent this request with your cookie; nothing was done."""

    code = "cross_site_refused"


async def session_token(request: Request[Any, Any, Any], settings: Settings) -> str | None:
    """The session token of a request, from either door."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(cookie_name(settings)) or None


def own_pages_only(request: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Refuse what another site's page makes a browser send; a bearer token is proof enough.

    A cookie travels by itself. Signing in is guarded too: nobody may be signed in to
    an attacker's account and fill its purse.
    """
    headers = request.headers
    if request.scope.get("method", "GET") in SAFE_METHODS or "authorization" in headers:
        return
    origin = headers.get("origin")
    if origin is None:
        is_ours = headers.get("sec-fetch-site", "none") in {"same-origin", "none"}
    else:
        is_ours = urlsplit(origin).netloc == headers.get("host")
    if not is_ours:
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


async def operator(viewer: Viewer) -> Viewer:
    """The operator who is asking; raises `OperatorsOnly` for anybody else who signed in."""
    require_operator(viewer)
    return viewer


async def idempotency_key(
    given_key: Annotated[
        str | None,
        HeaderParameter(
            name="Idempotency-Key",
            description="Makes the request take effect at most once; at most 255 characters.",
        ),
    ] = None,
) -> str:
    """The key under which this request takes effect at most once."""
    key = (given_key or "").strip()
    if not key:
        raise IdempotencyKeyRequired
    if len(key) > KEY_LENGTH_MAX or not key.isprintable():
        raise Invalid(
            f"An Idempotency-Key has at most {KEY_LENGTH_MAX} printable characters.",
            field="Idempotency-Key",
        )
    return key
