"""The real provider in this process, with its courier left out: a test carries its notices itself."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec

from largesse.payments.sandbox import Sandbox, SandboxAccount
from largesse.sandbox.app import SandboxSettings, build
from largesse.sandbox.till import Till
from tests.sandbox.provider import KEY, SECRET

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = "http://provider.test"


@dataclass
class VirtualClock:
    """A clock that stands still until it is pushed."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def push(self, by: timedelta) -> None:
        self.moment += by


@dataclass
class LyingProvider:
    """A provider whose notices come when, as often, and in whatever order the test says."""

    clock: VirtualClock
    folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)
    notices: list[bytes] = field(default_factory=list)
    _seen: int = 0

    def __post_init__(self) -> None:
        app = build(
            SandboxSettings(
                file=Path(self.folder.name) / "books",
                merchant_key=KEY,
                notice_secret=SECRET.encode(),
                notice_url="",
                public_url=HERE,
                later_seconds=10**9,
            ),
            clock_ms=lambda: int(self.clock.now().timestamp()) * 1000,
        )
        self.till: Till = app.state.till
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # litestar's own ASGI types
        account = SandboxAccount(url=HERE, key=KEY, notice_secrets=(SECRET.encode(),))
        self.adapter = Sandbox(account, transport=transport)
        self.http = httpx.AsyncClient(transport=transport, base_url=HERE, trust_env=False)

    async def close(self) -> None:
        await self.adapter.close()
        await self.http.aclose()
        self.till.store.close()
        self.folder.cleanup()

    async def press(self, checkout: str, path: str = "", **body: Any) -> bool:
        """Use the payer's page, the bank, or the provider's console; False when it takes no such thing."""
        answer = await self.http.post(f"/sandbox/checkout/{checkout}{path}", json=body)
        assert answer.status_code in (200, 409), answer.text
        self.collect()
        return answer.is_success

    async def stumble(self, calls: int) -> None:
        """The next calls do their work and then break."""
        await self.http.post("/sandbox/stumble", json={"calls": calls})

    def collect(self) -> None:
        """Pick up the notices that the provider would send now."""
        rows = self.till.store.events_after(self._seen, limit=1000)
        self.notices += [document for _, document in rows]
        self._seen = rows[-1][0] if rows else self._seen

    def signed(self, body: bytes) -> dict[str, str]:
        """Genuine headers, as of now: however late it is delivered, it is signed when it leaves."""
        notice_id = msgspec.json.decode(body)["id"]
        return self.adapter.signed(body, notice_id=notice_id, at=self.clock.now())
