"""The same request with the same key has one effect and one answer.

The row that remembers the answer commits together with the effect, so a crash
can lose both or neither. Only answers that changed something are kept: a
refusal leaves no row, and the same key may succeed later (after a recharge).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from largesse.kernel.database import Connection
from largesse.kernel.errors import IdempotencyConflict

KEY_LENGTH_MAX = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first request was told: status and body, byte for byte."""

    status: int
    body: bytes


async def once(
    connection: Connection, *, account: int, key: str, request: bytes, now: datetime
) -> Answer | None:
    """Claim a key for this transaction, or return the answer that it already has.

    A second request with the same key waits at the unique index until the first
    commits (its answer is returned) or rolls back (this one goes ahead). A wait
    beyond the lock timeout surfaces as `RequestInProgress`.
    Raises `IdempotencyConflict` when the key belongs to another request.
    """
    digest = hashlib.blake2b(request, digest_size=16).digest()
    claimed = await connection.execute(
        "insert into idempotency (account, key, request, at) values (%s, %s, %s, %s)"
        " on conflict (account, key) do nothing",
        (account, key, digest, now),
    )
    if claimed.rowcount == 1:
        return None
    kept = await connection.execute(
        "select request, status, body from idempotency where account = %s and key = %s",
        (account, key),
    )
    row = await kept.fetchone()
    assert row is not None, "an idempotency row is never deleted while its key is in use"
    first_request, status, body = row
    if first_request != digest:
        raise IdempotencyConflict
    return Answer(status, body)


async def keep(
    connection: Connection, *, account: int, key: str, status: int, body: bytes
) -> Answer:
    """Store the answer beside the effect; call it last in the same transaction."""
    await connection.execute(
        "update idempotency set status = %s, body = %s where account = %s and key = %s",
        (status, body, account, key),
    )
    return Answer(status, body)
