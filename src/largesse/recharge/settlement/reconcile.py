"""Match a provider's settlement file with our orders, line by line, and book what it tells.

Every line ends as matched, different or extra, and every payment that we credited in the
file's days and that it lacks is missing, until a later file has it. Fees and payouts are
booked in the transaction that keeps their lines, so a file that is read twice, stopped in
the middle or overlapped by the next one books nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection, Database
from largesse.kernel.errors import NotFound
from largesse.payments import (
    PARTIES,
    REPORTS,
    SELLERS,
    LineKind,
    ProviderUnknown,
    ReportLine,
    ReportUnreadable,
)
from largesse.recharge.settlement import store
from largesse.recharge.settlement.model import Judged, Sales, days_of, judge, judge_sales, legs_of
from largesse.recharge.settlement.store import SettlementFile

BATCH = 500


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a file speaks of, known before the first of its lines is judged."""

    since: datetime
    until: datetime
    digest: bytes
    sales: Sales


async def reconcile_file(
    database: Database, *, provider: str, path: Path, now: datetime
) -> SettlementFile:
    """Read a settlement file in bounded memory and say what came of it.

    The same file again changes nothing and answers the same; one that was stopped in the
    middle goes on. Raises `ProviderUnknown`, or `ReportUnreadable` before anything is kept.
    """
    if provider not in REPORTS:
        raise ProviderUnknown
    survey = _surveyed(path, provider)
    async with database.work() as connection:
        file, is_done = await store.open_file(
            connection,
            file=ids.make(),
            provider=provider,
            name=path.name[:200],
            digest=survey.digest,
            days=(survey.since, survey.until),
            at=now,
        )
    if not is_done:
        await _read(database, file, path, provider=provider, survey=survey, now=now)
    async with database.read() as connection:
        (found,) = await store.files(connection, only=file)
    return found


def _surveyed(path: Path, provider: str) -> _Survey:
    first: datetime | None = None
    last: datetime | None = None
    sales: Sales = {}
    for line in _lines(path, provider):
        first, last = min(first or line.at, line.at), max(last or line.at, line.at)
        if line.kind is LineKind.SALES:
            paid = line.paid or line.gross
            count, amount = sales.get((line.product, paid.currency), (0, 0))
            sales[line.product, paid.currency] = (count + line.quantity, amount + paid.amount)
    if first is None or last is None:
        raise ReportUnreadable("The file has no lines.")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    since, until = days_of(first, last)
    return _Survey(since, until, digest, sales)


def _lines(path: Path, provider: str) -> Iterator[ReportLine]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from REPORTS[provider](file)


async def _read(
    database: Database,
    file: UUID,
    path: Path,
    *,
    provider: str,
    survey: _Survey,
    now: datetime,
) -> None:
    async with database.read() as connection:
        sold = await store.sold(
            connection, provider=provider, since=survey.since, until=survey.until
        )
    count = 0
    lines = _lines(path, provider)
    while batch := list(islice(lines, BATCH)):
        count += len(batch)
        async with database.work() as connection:
            fresh = await store.unjudged(
                connection, provider=provider, lines=[line.id for line in batch]
            )
            new = [line for line in batch if line.id in fresh]
            judged = await _judged(connection, new, provider=provider)
            judged += [
                judge_sales(line, told=survey.sales, sold=sold)
                for line in new
                if line.kind is LineKind.SALES
            ]
            await store.add_lines(connection, provider=provider, file=file, judged=judged)
            await _book(connection, judged, provider=provider, now=now)
    async with database.work() as connection:
        await store.close_file(connection, file=file, lines=count, at=now)


async def _judged(
    connection: Connection, lines: Sequence[ReportLine], *, provider: str
) -> list[Judged]:
    singles = [line for line in lines if line.kind is not LineKind.SALES]
    recharges = []
    for line in singles:
        with suppress(NotFound):
            recharges.append(ids.read("rch", line.reference))
    known = await store.known_payments(
        connection,
        provider=provider,
        payments=[line.payment for line in singles if line.payment],
        recharges=recharges,
    )
    by_payment = {one.payment: one for one in known}
    by_reference = {one.reference: one for one in known}
    return [
        judge(line, by_payment.get(line.payment) or by_reference.get(line.reference))
        for line in singles
    ]


async def _book(
    connection: Connection, judged: Sequence[Judged], *, provider: str, now: datetime
) -> None:
    legs = legs_of(judged, party=PARTIES[provider], seller=SELLERS[provider])
    if not legs:
        return
    # The lines are new in this transaction, so their first one is a key that never comes again.
    key = f"settlement:{provider}:{judged[0].line.id}"
    await ledger.book(
        connection,
        ledger.Booking(
            id=ids.make(),
            account=PARTIES[provider],
            key=key,
            body=key.encode(),
            kind=ledger.Kind.PROVIDER_SETTLED,
            at=now,
            legs=tuple(legs),
        ),
    )
