"""Every notice that ever knocked, kept as it came: the inspectable side of money in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.payments import store
from largesse.payments.provider import Notice
from largesse.payments.store import KeptNotice

BODY_BYTES_KEPT = 64 * 1024
# Anybody can knock with nonsense, so nonsense is kept only up to this many an hour.
REFUSED_AN_HOUR_MAX = 1000

_HEADERS_KEPT = ("content-type", "user-agent", "webhook-id", "webhook-timestamp")


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A kept notice. `is_new` is false for one that was here before and has been dealt with."""

    id: UUID
    is_new: bool


async def keep_notice(
    connection: Connection,
    notice: Notice,
    *,
    provider: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> NoticeRow:
    """Write a genuine notice down, before its effect and in the same transaction.

    A second delivery waits here for the first to commit, and then is not new.
    """
    fresh = ids.make()
    is_new = await store.insert_notice(
        connection,
        notice=fresh,
        provider=provider,
        event=notice.event,
        reference=notice.reference,
        headers=_kept(headers),
        body=body[:BODY_BYTES_KEPT],
        at=now,
    )
    return NoticeRow(fresh, is_new)


async def kept_events(
    connection: Connection, *, provider: str, events: Sequence[str]
) -> frozenset[str]:
    """Those of a provider's notices that are here already."""
    return await store.kept_events(connection, provider=provider, events=events)


async def mark_notice(connection: Connection, notice: UUID, *, verdict: str, reason: str) -> None:
    """Say what came of a notice."""
    await store.mark_notice(connection, notice=notice, verdict=verdict, reason=reason)


async def keep_refused_notice(
    connection: Connection,
    *,
    provider: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> None:
    """Keep a notice that was not genuine, for inspection only."""
    await store.insert_refused(
        connection,
        notice=ids.make(),
        provider=provider,
        headers=_kept(headers),
        body=body[:BODY_BYTES_KEPT],
        at=now,
        hourly_max=REFUSED_AN_HOUR_MAX,
    )


async def notices_about(connection: Connection, *, reference: str) -> list[KeptNotice]:
    """What a provider told us about an order, as it came, oldest first."""
    return await store.notices_about(connection, reference=reference)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name][:300] for name in _HEADERS_KEPT if name in headers}
