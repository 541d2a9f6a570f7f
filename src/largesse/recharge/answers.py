"""The same key brings the same answer, also where a provider was called in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from largesse.kernel.database import Connection
from largesse.kernel.idempotency import Answer, keep, once
from largesse.recharge.shapes import RechargeShown


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that moves value: who, under which key, and exactly what."""

    account: int
    key: str
    content: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and whether it was given before."""

    answer: Answer
    replayed: bool


async def replayed(connection: Connection, asked: Asked) -> Given | None:
    """The answer that this key already has, leaving nothing behind when it has none.

    For requests that call somebody outside before they can answer: the key is claimed
    only later, beside the answer. Until then two of them may run, so what they do must
    be harmless twice.
    """
    async with connection.transaction(force_rollback=True):
        return await claimed(connection, asked)


async def claimed(connection: Connection, asked: Asked) -> Given | None:
    """Claim the key for this transaction, or return the answer that it already has."""
    answer = await once(
        connection,
        account=asked.account,
        key=asked.key,
        request=asked.content,
        now=asked.at,
    )
    return None if answer is None else Given(answer, replayed=True)


async def given(
    connection: Connection, asked: Asked, shown: RechargeShown, *, status: int
) -> Given:
    """Keep the answer beside its effect; last in the transaction."""
    return await given_bytes(connection, asked, msgspec.json.encode(shown), status=status)


async def given_bytes(connection: Connection, asked: Asked, body: bytes, *, status: int) -> Given:
    """Keep an answer of another shape."""
    answer = await keep(
        connection,
        account=asked.account,
        key=asked.key,
        status=status,
        body=body,
    )
    return Given(answer, replayed=False)
