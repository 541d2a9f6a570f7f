"""Who pushed a notice to us: the token that Google Pub/Sub sends along, proven by Google's keys.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import jwt
import msgspec

from largesse.kernel.errors import Unavailable
from largesse.payments.provider import NoticeRefused

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
SKEW_SECONDS = 60
AGE_SECONDS_MAX = 3600
# Keys change every few weeks; an unknown one is looked for at once, but not at every knock.
KEYS_SECONDS = 3600
KEYS_SECONDS_MIN = 30
TOKEN_LENGTH_MAX = 8000


class _Keys(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class GooglePush:
    """Checks the sender of pushed notices."""

    def __init__(
        self, client: httpx.AsyncClient, *, keys_url: str, audience: str, account: str
    ) -> None:
        self._client = client
        self._keys_url = keys_url
        self._audience = audience
        self._account = account
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at: int | None = None

    async def check(self, headers: Mapping[str, str], *, now: datetime) -> None:
        """Return when our own subscription pushed this, just now.

        Raises `NoticeRefused`, or `Unavailable` when Google's keys cannot be read.
        """
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or len(token) > TOKEN_LENGTH_MAX or not token.isascii():
            raise NoticeRefused
        try:
            name = str(jwt.get_unverified_header(token).get("kid", ""))
        except jwt.PyJWTError as error:
            raise NoticeRefused from error
        key = await self._key(name)
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._audience,
                issuer=ISSUERS,
                # Our own clock judges the times, below.
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "require": ["exp", "iat", "aud", "iss"],
                },
            )
        except jwt.PyJWTError as error:
            raise NoticeRefused from error
        self._check_claims(claims, now=int(now.timestamp()))

    def _check_claims(self, claims: Mapping[str, object], *, now: int) -> None:
        email, made, ends = claims.get("email"), claims["iat"], claims["exp"]
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise NoticeRefused
        if not hmac.compare_digest(email.encode(), self._account.encode()):
            raise NoticeRefused
        if not isinstance(made, int) or not isinstance(ends, int):
            raise NoticeRefused
        is_fresh = made - SKEW_SECONDS <= now <= ends + SKEW_SECONDS
        if not is_fresh or now - made > AGE_SECONDS_MAX + SKEW_SECONDS:
            raise NoticeRefused

    async def _key(self, name: str) -> jwt.PyJWK:
        age = None if self._read_at is None else int(time.monotonic()) - self._read_at
        known = self._keys.get(name)
        is_due = age is None or age > (KEYS_SECONDS if known else KEYS_SECONDS_MIN)
        if is_due:
            await self._read_keys(known=known)
        try:
            return self._keys[name]
        except KeyError:
            raise NoticeRefused from None

    async def _read_keys(self, *, known: jwt.PyJWK | None) -> None:
        try:
            answer = await self._client.get(self._keys_url)
            answer.raise_for_status()
            read = msgspec.json.decode(answer.content, type=_Keys).keys
            self._keys = {key["kid"]: jwt.PyJWK(key, algorithm="RS256") for key in read}
        except (httpx.HTTPError, msgspec.MsgspecError, jwt.PyJWTError, KeyError) as error:
            if known is None:
                raise Unavailable("Google's keys cannot be read right now.") from error
            return
        self._read_at = int(time.monotonic())
