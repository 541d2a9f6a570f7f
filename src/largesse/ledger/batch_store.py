"""A batch of spends on its way through `ledger.post`: packed, answered, one outcome each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from psycopg import AsyncCursor

from largesse.kernel.database import Connection
from largesse.kernel.errors import IdempotencyConflict, LargesseError
from largesse.ledger.errors import InsufficientCoins, LimitReached, SpendingFrozen
from largesse.ledger.model import Spend, Spent
from largesse.ledger.rules import digest, key_digest, periods

# Arrays travel as text literals in one round trip: it is the cheapest packing that was measured.
_POST = (
    "select o, status, id, seq, at, promo, paid, micro, tax_micro, fee_micro, balance, currency, left_over"
    " from ledger.post(%s, %s, %s, %s, %s::uuid[], %s::timestamptz[], %s::smallint[], %s::uuid[],"
    " %s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
)
_PERIODS = {4: "day", 5: "week", 6: "month"}
_moment = attrgetter("at")

Outcome = Spent | LargesseError
Cursor = AsyncCursor[Any]


async def post(connection: Connection, spends: Sequence[Spend], keys: Sequence[str]) -> Cursor:
    """Send spends into the connection's open pipeline; `outcomes` reads the answers later.

    `keys` are the hex digests of the spends' keys. No key and account may come twice.
    """
    return await connection.execute(_POST, _packed(spends, keys), prepare=True, binary=True)


async def outcomes(cursor: Cursor, spends: Sequence[Spend]) -> list[Outcome]:
    """One outcome for each spend, in their order.

    An act that an earlier attempt of this very batch committed is not replayed: its
    answer was lost on the way, but it is the same act.
    """
    rows = await cursor.fetchall()
    rows.sort()
    assert len(rows) == len(spends), "every item has one answer"
    return [_outcome(spend, row) for spend, row in zip(spends, rows, strict=True)]


def _packed(spends: Sequence[Spend], keys: Sequence[str]) -> tuple[object, ...]:
    now: datetime = max(map(_moment, spends))
    moments: dict[datetime, str] = {}
    for spend in spends:
        if spend.at not in moments:
            moments[spend.at] = spend.at.isoformat()
    return (
        now,
        *periods(now),
        _array([spend.id.hex for spend in spends]),
        _array([moments[spend.at] for spend in spends]),
        _array([str(int(spend.kind)) for spend in spends]),
        _array(keys),
        _array([digest(spend.body).hex for spend in spends]),
        _array([str(spend.account) for spend in spends]),
        _array([str(spend.creator) for spend in spends]),
        _array([str(spend.coins) for spend in spends]),
        _array([str(spend.diamonds) for spend in spends]),
    )


def _array(items: Sequence[str]) -> str:
    return "{" + ",".join(items) + "}"


def _outcome(spend: Spend, row: Sequence[Any]) -> Outcome:
    (_, status, act, seq, at, promo, paid, micro, tax_micro, fee_micro, balance, currency, left) = (
        row
    )
    match status:
        case 0 | 1:
            return Spent(
                id=act,
                seq=seq,
                account=spend.account,
                at=at,
                coins=promo + paid,
                promo=promo,
                paid=paid,
                micro=micro,
                tax_micro=tax_micro,
                fee_micro=fee_micro,
                currency=currency,
                balance=balance,
                replayed=act != spend.id,
            )
        case 2:
            return IdempotencyConflict()
        case 3:
            return InsufficientCoins(missing=spend.coins - left)
        case 4 | 5 | 6:
            return LimitReached(period=_PERIODS[status], left_micro=left, currency=currency)
        case _:
            return SpendingFrozen()


def hex_of(key: str) -> str:
    """The digest of an idempotency key, as it is sent."""
    return key_digest(key, of="person").hex
