"""The public interface as the crowd uses it, over HTTP."""

from __future__ import annotations

import secrets
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

TIMEOUT_SECONDS = 15
_STATUS_UNAVAILABLE = 502


class Away(Exception):
    """The house does not answer right now; what was asked may or may not have happened."""


class Refused(Exception):
    """The house said no, with a problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.code: str = problem.get("code", "")


class Api:
    """One shared HTTP client; raises `Away` or `Refused`."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=16, max_keepalive_connections=4)
        # Sign-up sets a browser's cookie; with it every guest would be the newest member.
        no_cookies = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.AsyncClient(
            base_url=url, timeout=TIMEOUT_SECONDS, limits=limits, cookies=no_cookies
        )

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def read(self, path: str, *, token: str = "") -> Any:
        """GET something."""
        return await self._send("GET", path, token=token)

    async def post(self, path: str, body: object = None, *, token: str = "", key: str = "") -> Any:
        """POST something; a key makes it happen at most once."""
        return await self._send("POST", path, body=body, token=token, key=key)

    async def _send(
        self, method: str, path: str, *, body: object = None, token: str = "", key: str = ""
    ) -> Any:
        headers = {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        try:
            response = await self._client.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise Away from error
        if response.status_code >= _STATUS_UNAVAILABLE:
            raise Away
        answer = response.json() if response.content else None
        if response.is_error:
            raise Refused(response.status_code, answer if isinstance(answer, dict) else {})
        return answer


def fresh_key() -> str:
    """A key for one act."""
    return secrets.token_urlsafe(16)
