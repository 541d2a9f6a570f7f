"""A person's second factor: set up, confirmed, proved and removed.

Wrong codes are counted where they are tried, in a transaction of its own that
commits before the refusal is raised; inside the caller's they would be undone with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from largesse.kernel import ids
from largesse.kernel.database import Connection, Database
from largesse.kernel.errors import NotFound, RateLimited
from largesse.people import factor, factor_store, password
from largesse.people.factor import FactorKeys
from largesse.people.factor_errors import SecondFactorRefused, SecondFactorSet
from largesse.people.factor_store import Factor
from largesse.people.model import SignInRefused, Viewer

FAILURES_MAX = 5
FAILURE_WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Factors:
    """The database, and the keys that factors are sealed with; put together once by `main`."""

    database: Database
    keys: FactorKeys


@dataclass(frozen=True, slots=True)
class NewTotp:
    """What the authenticator app has to learn; shown once."""

    secret: str
    address: str


class _Verdict(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    TOO_OFTEN = "too_often"


async def set_up_totp(factors: Factors, viewer: Viewer, given: str, *, now: datetime) -> NewTotp:
    """A fresh secret for the app; nothing is asked for until its first code came back.

    Raises `SignInRefused` for a wrong password, `SecondFactorSet` or `RateLimited`.
    """
    await _require_password(factors, viewer, given, now=now)
    secret, fresh = factor.fresh_secret(), ids.make()
    pending = Factor(
        id=fresh,
        person=viewer.no,
        kind="totp",
        secret=factors.keys.seal(secret, factor=fresh),
        made_at=now,
        confirmed_at=None,
        used_step=0,
    )
    async with factors.database.work() as connection:
        if not await factor_store.put_pending(connection, pending):
            raise SecondFactorSet
    return NewTotp(secret, factor.address(secret, handle=viewer.handle))


async def confirm_totp(factors: Factors, viewer: Viewer, code: str, *, now: datetime) -> list[str]:
    """The app works: from now on its codes are asked for. Returns the recovery codes, shown once.

    Raises `NotFound` where none is being set up, `SecondFactorSet`, `SecondFactorRefused` or
    `RateLimited`.
    """
    codes = factor.fresh_recovery_codes()
    digests = [factors.keys.recovery_digest(one, person=viewer.no) for one in codes]
    async with factors.database.work() as connection:
        pending = await factor_store.locked_factor(connection, person=viewer.no)
        if pending is None:
            raise NotFound
        if pending.confirmed_at is not None:
            raise SecondFactorSet
        verdict = await _tried_too_often(connection, viewer, now=now)
        step = _step(factors, pending, code, now=now)
        if verdict is None and step is not None:
            await factor_store.confirm(
                connection, factor=pending.id, step=step, digests=digests, at=now
            )
            return codes
        verdict = verdict or await _failed(connection, viewer, now=now)
    raise _refusal(verdict)


async def prove(factors: Factors, viewer: Viewer, code: str, *, now: datetime) -> None:
    """Take a code of the app or a recovery code, once.

    Raises `SecondFactorRefused`, or `RateLimited` after five wrong ones in five minutes.
    """
    async with factors.database.work() as connection:
        verdict = await _verdict(connection, factors, viewer, code, now=now)
    if verdict is not _Verdict.RIGHT:
        raise _refusal(verdict)


async def remove_totp(
    factors: Factors, viewer: Viewer, given: str, code: str, *, now: datetime
) -> None:
    """Go back to the password alone; takes both proofs. Raises like `set_up_totp` and `prove`."""
    async with factors.database.read() as connection:
        if not await has_second_factor(connection, person=viewer.no):
            raise NotFound
    await _require_password(factors, viewer, given, now=now)
    await prove(factors, viewer, code, now=now)
    async with factors.database.work() as connection:
        await factor_store.remove(connection, person=viewer.no)


async def has_second_factor(connection: Connection, *, person: int) -> bool:
    """Whether a second factor guards this account."""
    found = await factor_store.factor_of(connection, person=person)
    return found is not None and found.confirmed_at is not None


async def _verdict(
    connection: Connection, factors: Factors, viewer: Viewer, code: str, *, now: datetime
) -> _Verdict:
    found = await factor_store.locked_factor(connection, person=viewer.no)
    if found is None or found.confirmed_at is None:
        return _Verdict.WRONG
    too_often = await _tried_too_often(connection, viewer, now=now)
    if too_often is not None:
        return too_often
    if factor.is_totp(code):
        step = _step(factors, found, code, now=now)
        if step is not None:
            await factor_store.take_step(connection, factor=found.id, step=step)
            return _Verdict.RIGHT
    else:
        digest = factors.keys.recovery_digest(code, person=viewer.no)
        if await factor_store.take_recovery_code(
            connection, person=viewer.no, digest=digest, at=now
        ):
            return _Verdict.RIGHT
    return await _failed(connection, viewer, now=now)


def _step(factors: Factors, found: Factor, code: str, *, now: datetime) -> int | None:
    secret = factors.keys.unseal(found.secret, factor=found.id)
    return factor.fitting_step(secret, code, now=now, after=found.used_step)


async def _tried_too_often(
    connection: Connection, viewer: Viewer, *, now: datetime
) -> _Verdict | None:
    tried = await factor_store.failures_since(
        connection, person=viewer.no, since=now - FAILURE_WINDOW
    )
    return _Verdict.TOO_OFTEN if tried >= FAILURES_MAX else None


async def _failed(connection: Connection, viewer: Viewer, *, now: datetime) -> _Verdict:
    await factor_store.note_failure(connection, person=viewer.no, at=now)
    return _Verdict.WRONG


def _refusal(verdict: _Verdict) -> SecondFactorRefused | RateLimited:
    if verdict is _Verdict.TOO_OFTEN:
        return RateLimited("Too many wrong codes.", retry_after=60)
    return SecondFactorRefused()


async def _require_password(factors: Factors, viewer: Viewer, given: str, *, now: datetime) -> None:
    async with factors.database.read() as connection:
        too_often = await _tried_too_often(connection, viewer, now=now)
        stored = await factor_store.password_of(connection, person=viewer.no)
    if too_often is not None:
        raise _refusal(too_often)
    if not await password.matches(stored, given):
        async with factors.database.work() as connection:
            await factor_store.note_failure(connection, person=viewer.no, at=now)
        raise SignInRefused("This is not your password.")
