"""Sign in and out: a session is a random token, kept only as its digest."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.errors import RateLimited
from largesse.people import password, store
from largesse.people.factor_errors import SecondFactorRequired
from largesse.people.factors import Factors, has_second_factor, prove
from largesse.people.model import SignInRefused, Viewer

SESSION_DAYS = 30
FAILURES_MAX = 10
FAILURE_WINDOW = timedelta(minutes=15)


async def sign_in(
    factors: Factors,
    *,
    login: str,
    given: str,
    now: datetime,
    otp: str | None = None,
    agent: str = "",
) -> tuple[Viewer, str]:
    """Open a session for the right password; returns the person and the token.

    Where a second factor guards the account, its code is asked for behind the password
    (`SecondFactorRequired`, `SecondFactorRefused`). Ten failures within a quarter of an
    hour slow a login down (`RateLimited`), whether or not there is such an account.
    """
    database = factors.database
    login = login.strip().removeprefix("@")
    async with database.read() as connection:
        tried = await store.failures_since(connection, login=login, since=now - FAILURE_WINDOW)
        found = await store.password_by_login(connection, login=login)
    if tried >= FAILURES_MAX:
        raise RateLimited("Too many attempts with this name.", retry_after=60)
    if not await password.matches(None if found is None else found[1], given):
        async with database.work() as connection:
            await store.note_failure(connection, login=login, at=now)
        raise SignInRefused
    assert found is not None
    async with database.read() as connection:
        viewer = await store.viewer_by_no(connection, no=found[0])
        is_guarded = await has_second_factor(connection, person=found[0])
    assert viewer is not None
    if is_guarded:
        if not otp:
            raise SecondFactorRequired
        await prove(factors, viewer, otp, now=now)
    return viewer, await open_session(database, viewer, now=now, agent=agent)


async def open_session(
    database: Database, viewer: Viewer, *, now: datetime, agent: str = ""
) -> str:
    """A fresh session of thirty days; the returned token is shown once and never stored."""
    token = f"ses_{secrets.token_urlsafe(32)}"
    async with database.work() as connection:
        await store.insert_session(
            connection,
            digest=digest_of(token),
            session=ids.make(),
            person=viewer.no,
            made_at=now,
            expires_at=now + timedelta(days=SESSION_DAYS),
            agent=agent[:200],
        )
    return token


async def sign_out(database: Database, *, token: str) -> None:
    """End a session at once."""
    async with database.work() as connection:
        await store.delete_session(connection, digest=digest_of(token))


def digest_of(token: str) -> bytes:
    """How a token is looked up; it has 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).digest()
