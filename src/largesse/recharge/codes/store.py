"""All SQL of gift codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from largesse.kernel.database import Connection
from largesse.recharge.codes.model import CodeKind, GiftCode

# Namespaces the lock of an account's attempts among all advisory locks.
_ATTEMPTS_LOCK = 0x6C617267


@dataclass(frozen=True, slots=True)
class Batch:
    """Codes of one kind that are issued together."""

    id: UUID
    at: datetime
    note: str
    count: int
    kind: CodeKind


async def insert_batch(connection: Connection, batch: Batch) -> None:
    """Write a new batch down."""
    kind = batch.kind
    await connection.execute(
        "insert into code_batch (id, at, note, count, coins, promo_coins, promo_days, country,"
        " currency, price, expires_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            batch.id,
            batch.at,
            batch.note,
            batch.count,
            kind.coins,
            kind.promo_coins,
            kind.promo_days,
            kind.country,
            kind.currency,
            kind.price,
            kind.expires_at,
        ),
    )


async def insert_codes(
    connection: Connection, *, batch: UUID, codes: Sequence[tuple[UUID, bytes]]
) -> None:
    """Keep the digests of a batch's codes."""
    await connection.execute(
        "insert into gift_code (digest, id, batch) select digest, id, %s"
        " from unnest(%s::uuid[], %s::bytea[]) fresh (id, digest)",
        (batch, [code for code, _ in codes], [digest for _, digest in codes]),
    )


async def locked(connection: Connection, *, digest: bytes) -> GiftCode | None:
    """A code, held until the transaction ends, so that only one redeems it."""
    rows = await connection.execute(
        "select c.id, c.redeemed_by, b.voided_at is not null, b.coins, b.promo_coins, b.promo_days, b.country, b.currency,"
        " b.price, b.expires_at from gift_code c join code_batch b on b.id = c.batch"
        " where c.digest = %s for update of c",
        (digest,),
    )
    row = await rows.fetchone()
    if row is None:
        return None
    code, redeemed_by, is_void, *kind = row
    return GiftCode(code, redeemed_by, is_void, CodeKind(*kind))


async def void_batch(connection: Connection, *, batch: UUID, at: datetime) -> int | None:
    """No code of this batch works any more; how many had not been redeemed, or None without it."""
    voided = await connection.execute(
        "update code_batch set voided_at = coalesce(voided_at, %s) where id = %s", (at, batch)
    )
    if not voided.rowcount:
        return None
    rows = await connection.execute(
        "select count(*) from gift_code where batch = %s and redeemed_by is null", (batch,)
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row[0])


async def redeemed(
    connection: Connection, *, code: UUID, account: int, journal: UUID, at: datetime
) -> None:
    """Note who redeemed a code; it can never be redeemed again."""
    await connection.execute(
        "update gift_code set redeemed_by = %s, redeemed_at = %s, journal = %s"
        " where id = %s and redeemed_by is null",
        (account, at, journal, code),
    )


async def begin_attempt(
    connection: Connection, *, attempt: UUID, account: int, at: datetime, since: datetime, most: int
) -> bool:
    """Count a try before it is made, so that many at once are counted too; False when too many."""
    await connection.execute(
        "select pg_advisory_xact_lock(%s, hashint8(%s))", (_ATTEMPTS_LOCK, account)
    )
    await connection.execute(
        "delete from code_attempt where account = %s and at <= %s", (account, since)
    )
    counted = await connection.execute(
        "insert into code_attempt (id, account, at) select %s, %s, %s"
        " where (select count(*) from code_attempt where account = %s) < %s",
        (attempt, account, at, account, most),
    )
    return counted.rowcount == 1


async def forget_attempt(connection: Connection, *, attempt: UUID) -> None:
    """A try that succeeded, or that never was one, does not count."""
    await connection.execute("delete from code_attempt where id = %s", (attempt,))
