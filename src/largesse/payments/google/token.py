"""The token that lets us ask Google: signed by our service account, good for an hour.

https://developers.google.com/identity/protocols/oauth2/service-account
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from largesse.kernel.errors import Unavailable
from largesse.settings import SettingsRefused

SCOPE = "https://www.googleapis.com/auth/androidpublisher"
SECONDS = 3600
# It is renewed before it ends, so that no call is under way with one that does.
MARGIN_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """Who we are to Google."""

    email: str
    token_url: str
    private_key: RSAPrivateKey
    key_id: str


class _Fields(msgspec.Struct, frozen=True):
    client_email: str
    private_key: str
    token_uri: str
    private_key_id: str = ""


class _Answer(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int = SECONDS


def service_account(text: str) -> ServiceAccount:
    """Read the account from JSON or from the file that has it; raises `SettingsRefused`."""
    name = "LARGESSE_GOOGLE_SERVICE_ACCOUNT"
    try:
        content = text.encode() if text.lstrip().startswith("{") else Path(text).read_bytes()
    except OSError:
        raise SettingsRefused(f"{name} names a file that cannot be read") from None
    try:
        found = msgspec.json.decode(content, type=_Fields)
        key = load_pem_private_key(found.private_key.encode(), password=None)
    except (msgspec.MsgspecError, ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise SettingsRefused(f"{name} is no service account's JSON key")
    return ServiceAccount(found.client_email, found.token_uri, key, found.private_key_id)


class GoogleToken:
    """Keeps one token fresh, whoever asks."""

    def __init__(self, client: httpx.AsyncClient, account: ServiceAccount) -> None:
        self._client = client
        self._account = account
        self._token = ""
        self._ends_s = 0
        self._lock = asyncio.Lock()

    async def current(self) -> str:
        """A token that is good for the next minutes; raises `Unavailable`."""
        async with self._lock:
            if int(time.monotonic()) >= self._ends_s:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self._assertion(),
        }
        try:
            answer = await self._client.post(self._account.token_url, data=form)
            answer.raise_for_status()
            given = msgspec.json.decode(answer.content, type=_Answer)
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise Unavailable("Google gives no token right now.") from error
        self._token = given.access_token
        self._ends_s = int(time.monotonic()) + given.expires_in - MARGIN_SECONDS

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._account.email,
            "scope": SCOPE,
            "aud": self._account.token_url,
            "iat": now,
            "exp": now + SECONDS,
        }
        key, name = self._account.private_key, self._account.key_id
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": name})
