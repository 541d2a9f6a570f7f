"""The doors of receipts, terms, and prices side by side."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec
from litestar import Response, get
from msgspec import UNSET, UnsetType

from largesse.kernel import ids
from largesse.kernel.errors import Invalid
from largesse.kernel.money import Price, minor
from largesse.mail import Attachment
from largesse.people import Viewer
from largesse.recharge import packs
from largesse.recharge.papers.receipt import read_credit_note, read_receipt
from largesse.recharge.papers.terms import current_terms, terms_of
from largesse.recharge.papers.terms_store import TermsVersion
from largesse.recharge.recharging import Recharging
from largesse.recharge.stores.compare import Compared, compare_channels

WHY = "App stores keep a part of what you pay in them, so prices there can differ from ours."


class TermsText(msgspec.Struct, frozen=True):
    """A version of the terms. Paragraphs are parted by an empty line."""

    version: str
    valid_from: datetime
    text: str
    is_current: bool


class ChannelShown(msgspec.Struct, frozen=True):
    """What a pack costs in one channel; `kept` is the part of it that the store keeps."""

    channel: str
    total: Price
    kept: Price | UnsetType = UNSET


class PackCompared(msgspec.Struct, frozen=True):
    """One pack in every channel, the web first."""

    pack_id: str
    coins: int
    channels: list[ChannelShown]


class Comparison(msgspec.Struct, frozen=True):
    """The packs that are sold in more than one channel; none where the house does not compare."""

    data: list[PackCompared]
    country: str
    currency: str
    why: str


@get("/v1/recharges/{recharge_id:str}/receipt", tags=["recharge"], media_type="application/pdf")
async def receipt(recharge_id: str, viewer: Viewer, recharging: Recharging) -> Response[bytes]:
    """The receipt of one's own recharge as PDF."""
    recharge = ids.read("rch", recharge_id)
    now = recharging.clock.now()
    return _file(await read_receipt(recharging, viewer, recharge, now=now))


@get(
    "/v1/recharges/{recharge_id:str}/credit-notes/{number:str}",
    tags=["recharge"],
    media_type="application/pdf",
)
async def credit_note(
    recharge_id: str, number: str, viewer: Viewer, recharging: Recharging
) -> Response[bytes]:
    """The credit note of a refund as PDF."""
    recharge = ids.read("rch", recharge_id)
    return _file(await read_credit_note(recharging, viewer, recharge, number=number))


@get("/v1/terms", tags=["recharge"])
async def read_terms(recharging: Recharging) -> TermsText:
    """The terms that a recharge of today is under."""
    async with recharging.database.read() as connection:
        found = await current_terms(connection, now=recharging.clock.now())
    return _terms(found, is_current=True)


@get("/v1/terms/{version:str}", tags=["recharge"])
async def read_version(version: str, recharging: Recharging) -> TermsText:
    """The terms under which an earlier recharge was made."""
    async with recharging.database.read() as connection:
        found = await terms_of(connection, version=version)
        current = await current_terms(connection, now=recharging.clock.now())
    return _terms(found, is_current=found == current)


@get("/v1/packs/compare", tags=["recharge"])
async def compare(
    recharging: Recharging, guest: Viewer | None, country: str | None = None
) -> Comparison:
    """What the same coins cost on the web and in app stores; for pages on the web only."""
    wanted = country_of(country, guest)
    async with recharging.database.read() as connection:
        shelf = await packs.shelf(connection, country=wanted, now=recharging.clock.now())
        found = (
            await compare_channels(connection, shelf, recharging.providers)
            if recharging.compare_channels
            else {}
        )
    rows = [
        PackCompared(
            ids.show("pck", pack.id), pack.coins, [_channel(one) for one in found[pack.id]]
        )
        for pack in shelf.packs
        if pack.id in found
    ]
    return Comparison(rows, shelf.prices.country, shelf.prices.currency, WHY)


def country_of(country: str | None, guest: Viewer | None) -> str:
    """The country that was asked for, or the asker's own, or where the default list is from."""
    if country is not None:
        if not re.fullmatch("[A-Z]{2}", country):
            raise Invalid("Use a two-letter country code such as US.", field="country")
        return country
    return packs.LIST_DEFAULT if guest is None else guest.country


def _terms(version: TermsVersion, *, is_current: bool) -> TermsText:
    return TermsText(version.version, version.valid_from, version.text, is_current)


def _channel(one: Compared) -> ChannelShown:
    return ChannelShown(
        one.channel, minor(one.total), UNSET if one.kept is None else minor(one.kept)
    )


def _file(made: Attachment) -> Response[bytes]:
    headers = {
        "Content-Disposition": f'inline; filename="{made.name}"',
        "Cache-Control": "private, max-age=3600",
    }
    return Response(made.body, media_type=made.media_type, headers=headers)


routes = [receipt, credit_note, read_terms, read_version, compare]
