"""Calls to PayPal's REST API: signed in, bounded in time, and never an exception."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import httpx
import msgspec

from largesse.kernel.clock import Clock
from largesse.payments.outcome import Unknown

# A person is waiting for the page to open; beyond this the answer is Unknown.
TIMEOUT_SECONDS = 5
CONNECTIONS_MAX = 32

Shape = TypeVar("Shape", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class PayPalAccount:
    """Our REST app there, its webhook, and what our contract says that PayPal keeps."""

    client_id: str
    client_secret: str = field(repr=False)
    webhook_id: str
    url: str = "https://api-m.paypal.com"
    fee_bps: int = 349
    fee_fixed: int = 49


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int


class _Issue(msgspec.Struct, frozen=True):
    issue: str = ""


class _Problem(msgspec.Struct, frozen=True):
    name: str = ""
    details: tuple[_Issue, ...] = ()


class Calls:
    """One connection pool and one access token."""

    def __init__(self, account: PayPalAccount, *, clock: Clock) -> None:
        assert account.client_id
        assert account.client_secret
        self._account = account
        self._clock = clock
        self.client = httpx.AsyncClient(
            base_url=account.url,
            timeout=TIMEOUT_SECONDS,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            trust_env=False,
        )
        self._token = ""
        self._token_until = datetime.min.replace(tzinfo=UTC)
        self._signing_in = asyncio.Lock()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: dict[str, str] | None = None,
        key: str = "",
    ) -> httpx.Response | Unknown:
        """Whatever PayPal answered and meant; errors of the network and of servers are Unknown."""
        for _ in range(2):
            token = await self._signed_in()
            if isinstance(token, Unknown):
                return token
            headers = {"authorization": f"Bearer {token}", "prefer": "return=representation"}
            if key:
                headers["paypal-request-id"] = key
            if body is not None:
                headers["content-type"] = "application/json"
            try:
                answer = await self.client.request(
                    method,
                    path,
                    content=None if body is None else msgspec.json.encode(body),
                    params=query,
                    headers=headers,
                )
            except httpx.HTTPError as error:
                return Unknown(type(error).__name__)
            if answer.status_code != 401:
                break
            # The token was withdrawn before its time.
            self._token = ""
        if answer.status_code >= 500 or answer.status_code in (401, 408, 409, 429):
            return Unknown(f"status {answer.status_code}")
        return answer

    async def _signed_in(self) -> str | Unknown:
        async with self._signing_in:
            now = self._clock.now()
            if self._token and now < self._token_until:
                return self._token
            try:
                answer = await self.client.post(
                    "/v1/oauth2/token",
                    data={"grant_type": "client_credentials"},
                    auth=(self._account.client_id, self._account.client_secret),
                )
            except httpx.HTTPError as error:
                return Unknown(type(error).__name__)
            token = understood(answer, _Token)
            if isinstance(token, Unknown):
                return token
            self._token = token.access_token
            # A minute early, so that none ends on its way.
            self._token_until = now + timedelta(seconds=max(token.expires_in - 60, 0))
            return self._token


def understood(answer: httpx.Response | Unknown, shape: type[Shape]) -> Shape | Unknown:
    """A good answer in its shape; any other is Unknown."""
    if isinstance(answer, Unknown):
        return answer
    if not answer.is_success:
        why = f"status {answer.status_code} {issue_of(answer)}".rstrip()
        return Unknown(why, answered=answer.is_client_error)
    try:
        return msgspec.json.decode(answer.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Unknown(f"an answer that is no {shape.__name__}")


def issue_of(answer: httpx.Response) -> str:
    """PayPal's word for why it refused."""
    try:
        problem = msgspec.json.decode(answer.content, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return problem.details[0].issue if problem.details else problem.name
