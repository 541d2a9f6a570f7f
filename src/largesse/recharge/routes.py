"""The doors of recharging: prices, orders, and the one where providers knock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from msgspec import Meta

from largesse.kernel import ids
from largesse.kernel.errors import NotFound
from largesse.kernel.paging import LIMIT_DEFAULT, Page, limited
from largesse.people import Viewer
from largesse.recharge import packs, store
from largesse.recharge.answers import Asked, Given, claimed, given, replayed
from largesse.recharge.auto.routes import routes as saved_routes
from largesse.recharge.cancel import cancel_recharge
from largesse.recharge.cases.evidence_routes import routes as evidence_routes
from largesse.recharge.cases.routes import routes as case_routes
from largesse.recharge.check import check_recharge
from largesse.recharge.codes.routes import routes as codes_routes
from largesse.recharge.confirm import confirm_recharge
from largesse.recharge.help import store as health_store
from largesse.recharge.help.routes import routes as help_routes
from largesse.recharge.notices import take_notice
from largesse.recharge.papers_routes import country_of
from largesse.recharge.papers_routes import routes as papers_routes
from largesse.recharge.quote import Wish, quote
from largesse.recharge.read import list_recharges, read_recharge, shown_with_timeline
from largesse.recharge.recharging import Recharging
from largesse.recharge.reductions.offers import counted_coupon
from largesse.recharge.refunds.ask import ask_refund
from largesse.recharge.settlement.routes import routes as settlement_routes
from largesse.recharge.shapes import RechargeShown
from largesse.recharge.shelf_shapes import MethodsShown, PacksShown, show_methods, show_shelf
from largesse.recharge.stores.routes import routes as stores_routes

Channel = Literal["web", "ios", "android"]


class NewRecharge(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Either a pack or an exact number of coins, and how to pay.

    `save_method` lets the provider keep the method for next time; `saved_method_id` pays with a
    kept one, and then `method` is that one's.
    """

    method: Annotated[str, Meta(min_length=1, max_length=40)]
    pack_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    coins: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    return_url: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    save_method: bool = False
    saved_method_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    coupon: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


@get("/v1/packs", tags=["recharge"])
async def read_packs(
    recharging: Recharging,
    guest: Viewer | None,
    country: str | None = None,
    channel: Channel = "web",
) -> PacksShown:
    """Coins and what they cost in a country; without one, in the asker's own, with their offers.

    In the channels `ios` and `android` they cost what the app's store takes.
    """
    async with recharging.database.read() as connection:
        shelf = await packs.shelf_in(
            connection,
            channel,
            country=country_of(country, guest),
            now=recharging.clock.now(),
            account=None if guest is None else guest.no,
        )
    return show_shelf(shelf)


@get("/v1/payment-methods", tags=["recharge"])
async def read_payment_methods(
    recharging: Recharging,
    guest: Viewer | None,
    country: str | None = None,
    channel: Channel = "web",
) -> MethodsShown:
    """How one can pay in a country: on the web, or inside an app."""
    async with recharging.database.read() as connection:
        methods = await packs.payment_methods(
            connection,
            country=country_of(country, guest),
            providers=recharging.providers,
            channel=channel,
            now=recharging.clock.now(),
        )
        health = await health_store.health(connection)
    down = {one.provider for one in health if one.status == "down"}
    return show_methods(methods, down=down)


@post("/v1/recharges", status_code=201, tags=["recharge"])
async def create_recharge(
    data: NewRecharge, viewer: Viewer, idempotency_key: str, recharging: Recharging
) -> Response[RechargeShown]:
    """An offer to review. Nothing is charged; the price holds until `expires_at`."""
    now = recharging.clock.now()
    asked = _asked(viewer, idempotency_key, b"create", data, now=now)
    wish = Wish(
        method=data.method,
        pack=None if data.pack_id is None else ids.read("pck", data.pack_id),
        coins=data.coins,
        return_url=data.return_url,
        saves=data.save_method,
        saved=None if data.saved_method_id is None else ids.read("sav", data.saved_method_id),
        coupon=data.coupon,
    )
    if wish.coupon is None:
        return _response(await _quoted(recharging, viewer, wish, asked))
    async with recharging.database.work() as connection:
        earlier = await replayed(connection, asked)
    if earlier is not None:
        return _response(earlier)
    async with counted_coupon(recharging, account=viewer.no, now=now):
        return _response(await _quoted(recharging, viewer, wish, asked))


@post("/v1/recharges/{recharge_id:str}/confirm", status_code=200, tags=["recharge"])
async def confirm(
    recharge_id: str,
    viewer: Viewer,
    idempotency_key: str,
    recharging: Recharging,
    request: Request[Any, Any, Any],
) -> Response[RechargeShown]:
    """Agree to the offer; `checkout_url` is where to pay, or `store` what the app has to buy.

    It is missing when the provider did not answer in time. The order is not lost
    then: it gets its page as soon as the provider answers, and `GET` shows it.
    """
    recharge = ids.read("rch", recharge_id)
    now = recharging.clock.now()
    asked = _asked(viewer, idempotency_key, b"confirm", recharge_id, now=now)
    async with recharging.database.work() as connection:
        earlier = await replayed(connection, asked)
    if earlier is not None:
        return _response(earlier)
    await confirm_recharge(
        recharging, viewer, recharge, now=now, phone_address=_phone_address(request)
    )
    return _response(await _answered(recharging, asked, recharge))


@post("/v1/recharges/{recharge_id:str}/cancel", status_code=200, tags=["recharge"])
async def cancel(
    recharge_id: str, viewer: Viewer, idempotency_key: str, recharging: Recharging
) -> Response[RechargeShown]:
    """Give the order up before paying."""
    recharge = ids.read("rch", recharge_id)
    now = recharging.clock.now()
    asked = _asked(viewer, idempotency_key, b"cancel", recharge_id, now=now)
    async with recharging.database.work() as connection:
        answer = await claimed(connection, asked)
        if answer is not None:
            return _response(answer)
        cancelled = await cancel_recharge(
            connection, viewer, recharge, now=now, rules=recharging.rules
        )
        shown = await shown_with_timeline(connection, recharging, recharge, now=now)
        answer = await given(connection, asked, shown, status=200)
    if cancelled.checkout is not None and cancelled.provider in recharging.providers:
        provider = recharging.provider_of(cancelled)
        await provider.close_checkout(checkout=cancelled.checkout)
    return _response(answer)


@post("/v1/recharges/{recharge_id:str}/check", status_code=200, tags=["recharge"])
async def check(recharge_id: str, viewer: Viewer, recharging: Recharging) -> RechargeShown:
    """Ask the provider now; coins that were paid for and not yet credited arrive at once."""
    recharge = ids.read("rch", recharge_id)
    await _own(recharging, viewer, recharge)
    now = recharging.clock.now()
    recharging.asking.take(viewer.no, now)
    await check_recharge(recharging, recharge, now=now)
    return await read_recharge(recharging, viewer, recharge, now=now)


@post("/v1/recharges/{recharge_id:str}/refund", status_code=200, tags=["recharge"])
async def refund(
    recharge_id: str, viewer: Viewer, idempotency_key: str, recharging: Recharging
) -> Response[RechargeShown]:
    """Give the unspent coins of a recharge back for their money.

    `refund.status` says how far it is: where the provider needs time, the coins are set aside
    until it has answered, and come back if it says no.
    """
    recharge = ids.read("rch", recharge_id)
    now = recharging.clock.now()
    asked = _asked(viewer, idempotency_key, b"refund", recharge_id, now=now)
    async with recharging.database.work() as connection:
        earlier = await replayed(connection, asked)
    if earlier is not None:
        return _response(earlier)
    recharging.asking.take(viewer.no, now)
    await ask_refund(recharging, viewer, recharge, key=idempotency_key, now=now)
    return _response(await _answered(recharging, asked, recharge))


@get("/v1/recharges/{recharge_id:str}", tags=["recharge"])
async def read_one(recharge_id: str, viewer: Viewer, recharging: Recharging) -> RechargeShown:
    """One's own order with its timeline."""
    recharge = ids.read("rch", recharge_id)
    return await read_recharge(recharging, viewer, recharge, now=recharging.clock.now())


@get("/v1/recharges", tags=["recharge"])
async def read_all(
    viewer: Viewer, recharging: Recharging, limit: int = LIMIT_DEFAULT, after: str | None = None
) -> Page[RechargeShown]:
    """One's own orders, newest first; `after` is the last order that was seen."""
    size = limited(limit)
    before = None if after is None else ids.read("rch", after)
    found = await list_recharges(recharging, viewer, before=before, limit=size + 1)
    page = found[:size]
    return Page(page, next=page[-1].id if len(found) > size else None)


@post("/v1/notices/{provider:str}", status_code=200, tags=["providers"])
async def receive_notice(
    provider: str, request: Request[Any, Any, Any], recharging: Recharging
) -> Response[bytes]:
    """Where payment providers report. The raw body is verified; 400 when it is not genuine.

    The answer is what each provider wants to read: 204, or 200 with its own word for yes.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await request.body()
    answer = await take_notice(recharging, provider, headers, body, now=recharging.clock.now())
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type)


async def _quoted(recharging: Recharging, viewer: Viewer, wish: Wish, asked: Asked) -> Given:
    async with recharging.database.work() as connection:
        answer = await claimed(connection, asked)
        if answer is None:
            made = await quote(connection, recharging, viewer, wish, now=asked.at)
            shown = await shown_with_timeline(connection, recharging, made.id, now=asked.at)
            answer = await given(connection, asked, shown, status=201)
    return answer


async def _answered(recharging: Recharging, asked: Asked, recharge: UUID) -> Given:
    async with recharging.database.work() as connection:
        answer = await claimed(connection, asked)
        if answer is None:
            shown = await shown_with_timeline(connection, recharging, recharge, now=asked.at)
            answer = await given(connection, asked, shown, status=200)
    return answer


async def _own(recharging: Recharging, viewer: Viewer, recharge: UUID) -> None:
    async with recharging.database.read() as connection:
        current = await store.by_id(connection, recharge=recharge)
    if current is None or current.account != viewer.no:
        raise NotFound


def _asked(viewer: Viewer, key: str, verb: bytes, content: object, *, now: datetime) -> Asked:
    body = b"recharge " + verb + b" " + msgspec.json.encode(content)
    return Asked(account=viewer.no, key=key, content=body, at=now)


def _response(given_answer: Given) -> Response[RechargeShown]:
    answer = given_answer.answer
    headers = {"Idempotent-Replay": "true"} if given_answer.replayed else {}
    response = Response(
        answer.body, status_code=answer.status, media_type="application/json", headers=headers
    )
    # The bytes are a RechargeShown, encoded once and kept.
    return cast("Response[RechargeShown]", response)


def _phone_address(request: Request[Any, Any, Any]) -> str:
    """Where a phone's browser comes from; empty for a desk. Every such browser says `Mobi`."""
    is_phone = "Mobi" in request.headers.get("user-agent", "")
    return request.client.host if is_phone and request.client is not None else ""


routes = [
    *case_routes,
    *evidence_routes,
    *papers_routes,
    *help_routes,
    *settlement_routes,
    *stores_routes,
    *codes_routes,
    read_packs,
    read_payment_methods,
    create_recharge,
    confirm,
    cancel,
    check,
    refund,
    read_one,
    read_all,
    receive_notice,
    *saved_routes,
]
