"""The operator's doors to settlement files: what was read, and what a person has to look at."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import get

from largesse.kernel import ids
from largesse.kernel.errors import NotFound
from largesse.kernel.money import Money, Price, minor
from largesse.kernel.paging import LIMIT_DEFAULT, Page, limited
from largesse.people import Viewer
from largesse.recharge.recharging import Recharging
from largesse.recharge.settlement import store
from largesse.recharge.settlement.store import OddLine, SettlementFile

ODD_LINES_MAX = 1000


class SettlementShown(msgspec.Struct, frozen=True, kw_only=True):
    """A settlement file and what came of its lines; `missing` are payments that it lacks."""

    id: str
    provider: str
    name: str
    since: datetime
    until: datetime
    loaded_at: datetime
    is_done: bool
    lines: int
    matched: int
    different: int
    extra: int
    missing: int


class OddLineShown(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is not as we have it, or a payment without one."""

    number: int | None
    verdict: str
    why: str
    kind: str
    payment: str
    amount: Price
    recharge_id: str | None


class SettlementLines(msgspec.Struct, frozen=True):
    """A file with everything in it that a person has to look at."""

    file: SettlementShown
    data: list[OddLineShown]
    next: str | None = None


@get("/v1/operator/settlements", tags=["operator"])
async def read_settlements(
    operator: Viewer, recharging: Recharging, limit: int = LIMIT_DEFAULT, after: str | None = None
) -> Page[SettlementShown]:
    """Settlement files, the newest first."""
    size = limited(limit)
    before = None if after is None else ids.read("stl", after)
    async with recharging.database.read() as connection:
        found = await store.files(connection, before=before, limit=size + 1)
    page = [_file(one) for one in found[:size]]
    return Page(page, next=page[-1].id if len(found) > size else None)


@get("/v1/operator/settlements/{settlement_id:str}", tags=["operator"])
async def read_settlement(
    settlement_id: str, operator: Viewer, recharging: Recharging
) -> SettlementLines:
    """What a person has to look at in one file: different, extra and missing."""
    only: UUID = ids.read("stl", settlement_id)
    async with recharging.database.read() as connection:
        found = await store.files(connection, only=only)
        if not found:
            raise NotFound
        odd = await store.odd_lines(connection, file=only, limit=ODD_LINES_MAX)
    return SettlementLines(_file(found[0]), [_line(one) for one in odd])


def _file(file: SettlementFile) -> SettlementShown:
    return SettlementShown(
        id=ids.show("stl", file.id),
        provider=file.provider,
        name=file.name,
        since=file.since,
        until=file.until,
        loaded_at=file.loaded_at,
        is_done=file.done_at is not None,
        lines=file.lines,
        matched=file.matched,
        different=file.different,
        extra=file.extra,
        missing=file.missing,
    )


def _line(line: OddLine) -> OddLineShown:
    return OddLineShown(
        number=line.number,
        verdict=line.verdict,
        why=line.why,
        kind=line.kind,
        payment=line.payment,
        amount=minor(Money(line.gross, line.currency)),
        recharge_id=None if line.recharge is None else ids.show("rch", line.recharge),
    )


routes = [read_settlements, read_settlement]
