"""Gift codes: issue them, and turn one into coins, once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection, Database
from largesse.kernel.errors import NotFound, RateLimited
from largesse.kernel.money import Money
from largesse.payments import CODES_PARTY
from largesse.people import Viewer, require_adult
from largesse.recharge.answers import Asked, Given, claimed, given_bytes, replayed
from largesse.recharge.codes import model as codes_model
from largesse.recharge.codes import store as codes_store
from largesse.recharge.codes.model import CodeKind, GiftCode
from largesse.recharge.codes.store import Batch
from largesse.recharge.errors import CodeRefused
from largesse.recharge.model import State
from largesse.recharge.recharging import RechargeNews, Recharging

FAILURES_AN_HOUR_MAX = 5
# One statement brings so many codes.
PIECE = 1000


class Redeemed(msgspec.Struct, frozen=True):
    """What a code brought, what can be spent now, and the entry in the wallet's history."""

    coins: int
    promo_coins: int
    balance: int
    journal_id: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh batch with its codes as people type them."""

    batch: UUID
    codes: list[str]


async def issue_codes(
    database: Database, kind: CodeKind, *, count: int, note: str, now: datetime
) -> Issued:
    """Fresh codes. They are told here and never again: only digests are kept."""
    batch = Batch(id=ids.make(), at=now, note=note, count=count, kind=kind)
    fresh = [secrets.token_bytes(codes_model.BYTES) for _ in range(count)]
    async with database.work() as connection:
        await codes_store.insert_batch(connection, batch)
        for start in range(0, count, PIECE):
            piece = fresh[start : start + PIECE]
            kept = [(ids.make(), codes_model.digest(secret)) for secret in piece]
            await codes_store.insert_codes(connection, batch=batch.id, codes=kept)
    return Issued(batch.id, [codes_model.written(secret) for secret in fresh])


async def void_codes(database: Database, batch: UUID, *, now: datetime) -> int:
    """No code of this batch works any more; returns how many had not been redeemed.

    What was redeemed stays with whoever did. Raises `NotFound`.
    """
    async with database.work() as connection:
        unused = await codes_store.void_batch(connection, batch=batch, at=now)
    if unused is None:
        raise NotFound
    return unused


async def redeem_code(recharging: Recharging, viewer: Viewer, text: str, asked: Asked) -> Given:
    """Put a code's coins into the purse, exactly once, whoever and however many try.

    Whatever is wrong with a code that could be one is refused in the same words. Raises
    `AgeRestricted`, `CodeRefused`, `RateLimited`.
    """
    require_adult(viewer, today=asked.at.date())
    async with recharging.database.work() as connection:
        earlier = await replayed(connection, asked)
    if earlier is not None:
        return earlier
    secret = codes_model.read(text)
    if secret is None:
        # The check symbol is no secret, so a slip may be told, and costs no attempt.
        raise CodeRefused("This is no complete gift code: a symbol is wrong or missing.")
    attempt = await _begin(recharging, viewer, now=asked.at)
    async with recharging.database.work() as connection:
        earlier = await claimed(connection, asked)
        if earlier is not None:
            await codes_store.forget_attempt(connection, attempt=attempt)
            return earlier
        code = await codes_store.locked(connection, digest=codes_model.digest(secret))
        if code is None or not codes_model.fits(
            code, country=viewer.country, currency=viewer.currency, now=asked.at
        ):
            raise CodeRefused
        redeemed = await _credit(connection, viewer, code, now=asked.at)
        await codes_store.forget_attempt(connection, attempt=attempt)
        answer = await given_bytes(connection, asked, msgspec.json.encode(redeemed), status=200)
    recharging.tell(
        RechargeNews(
            person=viewer.id,
            reference=ids.show("gcd", code.id),
            at=asked.at,
            state=State.CREDITED,
            what="credited",
            balance=redeemed.balance,
        )
    )
    return answer


async def _begin(recharging: Recharging, viewer: Viewer, *, now: datetime) -> UUID:
    attempt = ids.make()
    async with recharging.database.work() as connection:
        may_try = await codes_store.begin_attempt(
            connection,
            attempt=attempt,
            account=viewer.no,
            at=now,
            since=now - timedelta(hours=1),
            most=FAILURES_AN_HOUR_MAX,
        )
    if not may_try:
        raise RateLimited("Too many codes that were not right. Try again in an hour.")
    return attempt


async def _credit(
    connection: Connection, viewer: Viewer, code: GiftCode, *, now: datetime
) -> Redeemed:
    kind, journal = code.kind, ids.make()
    price = None
    if kind.price is not None and kind.currency is not None:
        price = Money(kind.price, kind.currency)
    credited = await ledger.credit(
        connection,
        ledger.Credit(
            id=journal,
            account=viewer.no,
            key=f"code:{ids.show('gcd', code.id)}",
            body=f"{kind.coins}+{kind.promo_coins}".encode(),
            at=now,
            country=viewer.country,
            origin="codes",
            paid=kind.coins,
            promo=kind.promo_coins,
            promo_expires=now + timedelta(days=kind.promo_days) if kind.promo_coins else None,
            price=price,
            source=code.id,
            clearing=CODES_PARTY if price else ledger.HOUSE,
        ),
    )
    assert not credited.replayed, "a code that was redeemed left its row behind"
    await codes_store.redeemed(connection, code=code.id, account=viewer.no, journal=journal, at=now)
    return Redeemed(
        coins=kind.coins,
        promo_coins=kind.promo_coins,
        balance=credited.balance,
        journal_id=ids.show("jrn", journal),
    )
