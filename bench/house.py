"""The real application in a process of its own, on a fresh durable database."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from largesse.kernel import ids
from largesse.kernel.clock import SystemClock
from largesse.kernel.database import Database
from largesse.kernel.postgres import Cluster, start
from largesse.ledger import Credit, credit
from largesse.people import person_by_handle
from largesse.running import migrated

VAR = Path(__file__).parents[1] / "var"
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Someone:
    """A person with a token for HTTP and one for the room socket."""

    handle: str
    session: str
    socket: str


class House:
    """A started application and its database."""

    def __init__(self, bench: str) -> None:
        home = VAR / f"bench-{bench}"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        self.home = home
        self.cluster: Cluster = start(home, name="largesse")
        urls = self.cluster.urls("largesse")
        migrated(urls.owner)
        self.url = urls.app
        self.port, gateway_port = free_port(), free_port()
        self.environment = os.environ | {
            "LARGESSE_DATABASE_URL": urls.app,
            "LARGESSE_PORT": str(self.port),
            "LARGESSE_GATEWAY_PORT": str(gateway_port),
            "LARGESSE_SECRET": "a secret for one benchmark, 32 letters",
            "LARGESSE_LOG_LEVEL": "warning",
        }
        self.server = subprocess.Popen(
            [Path(sys.executable).parent / "largesse", "serve"], env=self.environment
        )
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    async def ready(self) -> None:
        for _ in range(900):
            try:
                if (await self.http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
        raise SystemExit("The application did not start.")

    async def person(self, name: str) -> Someone:
        """Somebody who signs up like everybody else."""
        body = {
            "handle": name,
            "email": f"{name}@example.org",
            "password": f"quiet {name} lantern over water",
            "birth_date": "1990-05-04",
            "country": "US",
            "name": name.capitalize(),
        }
        session = (await self._answer("POST", "/v1/accounts", json=body))["token"]
        headers = {"Authorization": f"Bearer {session}"}
        realtime = await self._answer("GET", "/v1/realtime", headers=headers)
        return Someone(name, session, realtime["token"])

    async def guest(self) -> tuple[str, str]:
        """The room socket's address and a guest's token."""
        self.http.cookies.clear()
        realtime = await self._answer("GET", "/v1/realtime")
        return realtime["url"], realtime["token"]

    async def room(self, creator: Someone) -> str:
        headers = {"Authorization": f"Bearer {creator.session}"}
        body = {"title": "A thousand people"}
        return str((await self._answer("POST", "/v1/rooms", json=body, headers=headers))["id"])

    async def give_coins(self, people: list[Someone], coins: int) -> None:
        """Promo coins, straight into the books: recharging is another benchmark."""
        database, now = Database(self.url, connections_max=2), SystemClock().now()
        await database.open()
        for someone in people:
            async with database.work() as connection:
                person = await person_by_handle(connection, handle=someone.handle)
                grant = Credit(
                    id=ids.make(),
                    account=person.no,
                    key="bench",
                    body=b"bench",
                    at=now,
                    country="US",
                    origin="bench",
                    promo=coins,
                )
                await credit(connection, grant)
        await database.close()

    def cpu_seconds(self) -> float:
        """Processor time of the application's process so far, kernel's part included."""
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_bytes(self) -> int:
        return int(Path(f"/proc/{self.server.pid}/statm").read_text().split()[1]) * PAGE

    async def close(self) -> None:
        await self.http.aclose()
        self.server.terminate()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
        self.cluster.stop()

    async def _answer(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await self.http.request(method, path, **more)
        if answer.status_code >= 300:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def load() -> str:
    """How busy the machine was with everything else."""
    return f"{time.strftime('%H:%M:%S')} load {os.getloadavg()[0]:.1f}"
