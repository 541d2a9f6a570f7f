"""The merchant's API: open and read checkouts, refund, and read the feed of events."""

from __future__ import annotations

import asyncio
import hmac
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import InternalServerException, NotAuthorizedException
from litestar.handlers import BaseRouteHandler

from largesse.sandbox.report import settlement
from largesse.sandbox.requests import Charging, Opening, Refunding
from largesse.sandbox.till import Till

EVENTS_MAX = 200


def require_key(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Only the merchant's key opens these doors."""
    given = connection.headers.get("authorization", "")
    wanted = f"Bearer {connection.app.state.merchant_key}"
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise NotAuthorizedException("This key is not known.")


@post("/sandbox/api/checkouts", guards=[require_key], status_code=201)
async def open_checkout(request: Request[Any, Any, Any], till: Till) -> dict[str, Any]:
    """Open a checkout; the same Idempotency-Key answers the same checkout again."""
    opening = msgspec.json.decode(await request.body(), type=Opening)
    if opening.amount <= 0 or not opening.return_url.startswith(("http://", "https://")):
        raise msgspec.ValidationError("amount is at least 1 and return_url a web address")
    opened = till.open(opening, key=_key(request))
    await maybe_stumble(request)
    return opened


@get("/sandbox/api/checkouts", guards=[require_key])
async def find_checkouts(
    reference: str, request: Request[Any, Any, Any], till: Till
) -> dict[str, Any]:
    """All checkouts with this reference, oldest first."""
    await maybe_stumble(request)
    return {"data": [till.show(checkout) for checkout in till.store.checkouts_for(reference)]}


@get("/sandbox/api/checkouts/{checkout_id:str}", guards=[require_key])
async def get_checkout(checkout_id: str, till: Till) -> dict[str, Any]:
    """One checkout as it stands."""
    return till.show(till.find(checkout_id))


@post("/sandbox/api/checkouts/{checkout_id:str}/close", guards=[require_key], status_code=200)
async def close_checkout(checkout_id: str, till: Till) -> dict[str, Any]:
    """Take no payment here from now on; 409 while one is on its way or done."""
    return till.show(till.close(checkout_id))


@post("/sandbox/api/checkouts/{checkout_id:str}/refunds", guards=[require_key], status_code=201)
async def refund_checkout(
    checkout_id: str, request: Request[Any, Any, Any], till: Till
) -> dict[str, Any]:
    """Give money back; the same Idempotency-Key never does so twice."""
    refunding = msgspec.json.decode(await request.body(), type=Refunding)
    refunded = till.refund(checkout_id, refunding, key=_key(request))
    await maybe_stumble(request)
    return refunded


@post("/sandbox/api/charges", guards=[require_key], status_code=201)
async def charge_method(request: Request[Any, Any, Any], till: Till) -> dict[str, Any]:
    """Collect with a kept method, off the page; the same Idempotency-Key never does so twice."""
    charging = msgspec.json.decode(await request.body(), type=Charging)
    if charging.amount <= 0:
        raise msgspec.ValidationError("amount is at least 1")
    charged = till.charge(charging, key=_key(request))
    await maybe_stumble(request)
    return charged


@delete("/sandbox/api/methods/{token:str}", guards=[require_key], status_code=204)
async def forget_method(token: str, customer: str, till: Till) -> None:
    """Keep a customer's method no longer; 404 when it is not theirs."""
    till.forget(token, customer=customer)


@get("/sandbox/api/events", guards=[require_key])
async def list_events(till: Till, after: int = 0) -> dict[str, Any]:
    """Everything that happened after this place in the feed, whether its notice arrived or not."""
    rows = till.store.events_after(after, limit=EVENTS_MAX)
    data = [msgspec.json.decode(document) | {"sequence": number} for number, document in rows]
    return {"data": data, "next": rows[-1][0] if rows else after}


@get("/sandbox/api/settlement", guards=[require_key])
async def read_settlement(till: Till, since: int, until: int) -> Response[str]:
    """The settlement file of a time (epoch seconds, the end not included), as CSV."""
    events = (msgspec.json.decode(event) for event in till.store.events_between(since, until))
    return Response(settlement(events), media_type="text/csv")


@get("/sandbox/healthz")
async def healthz() -> Response[str]:
    """The provider is up."""
    return Response("ok", media_type="text/plain")


def _key(request: Request[Any, Any, Any]) -> str:
    key = request.headers.get("idempotency-key", "")
    if not 0 < len(key) <= 255:
        raise msgspec.ValidationError("an Idempotency-Key header is needed")
    return key


class Stumbling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The next so many answers of the merchant's API go wrong."""

    calls: int
    seconds: int = 0


@post("/sandbox/stumble", status_code=200)
async def stumble(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Do the next calls' work and then answer 500, or only after so many seconds."""
    stumbling = msgspec.json.decode(await request.body(), type=Stumbling)
    request.app.state.stumbles = [stumbling.seconds] * stumbling.calls
    return {"calls": stumbling.calls}


async def maybe_stumble(request: Request[Any, Any, Any]) -> None:
    """Break behind the work and before the answer: the moment in which real providers do."""
    stumbles: list[int] = request.app.state.stumbles
    if stumbles:
        seconds = stumbles.pop()
        await asyncio.sleep(seconds)
        if not seconds:
            raise InternalServerException("The work was done, and then something broke.")


handlers = [
    open_checkout,
    find_checkouts,
    get_checkout,
    close_checkout,
    refund_checkout,
    charge_method,
    forget_method,
    list_events,
    read_settlement,
    stumble,
    healthz,
]
