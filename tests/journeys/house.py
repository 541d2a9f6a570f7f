"""A whole running house in processes of its own, as an operator starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx
import psycopg

from largesse.kernel.postgres import running

PATIENCE_SECONDS = 60
OPEN = b"is open at"


class House:
    """`largesse run` on free ports with data of its own; its clients are in people.py."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        ports = free_ports(3)
        self.port, self.gateway_port, self.sandbox_port = ports
        self.http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            timeout=30,
            # People here are told apart by their tokens alone.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx.Limits(max_connections=200),
        )
        self.child: asyncio.subprocess.Process | None = None
        self._draining: asyncio.Task[None] | None = None

    @property
    def sandbox(self) -> str:
        """Where the payment provider of this house is."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    async def start(self, **settings: str) -> None:
        """Start it and return when it says that its doors are open."""
        log = (self.data_dir / "house.log").open("ab")
        environment = {
            **os.environ,
            "LARGESSE_DATA_DIR": str(self.data_dir),
            "LARGESSE_PORT": str(self.port),
            "LARGESSE_GATEWAY_PORT": str(self.gateway_port),
            "LARGESSE_SANDBOX_PORT": str(self.sandbox_port),
            "LARGESSE_SIMULATE": "no",
            **settings,
        }
        with log:
            self.child = await asyncio.create_subprocess_exec(
                Path(sys.executable).parent / "largesse",
                "run",
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        await self._opened()

    async def _opened(self) -> None:
        assert self.child is not None
        assert self.child.stdout is not None
        said = b""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while OPEN not in said:
                line = await self.child.stdout.readline()
                if not line:
                    raise AssertionError(f"It did not start.\n{said.decode()}\n{self.log()}")
                said += line
        self._draining = asyncio.create_task(_drain(self.child.stdout))

    async def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it with a signal to its one process, as Ctrl-C or a crash would; its exit code."""
        assert self.child is not None
        if self.child.returncode is None:
            self.child.send_signal(how)
        async with asyncio.timeout(PATIENCE_SECONDS):
            code = await self.child.wait()
        if self._draining is not None:
            await self._draining
        return code

    async def close(self) -> None:
        """Whatever a test left running ends here."""
        await self.http.aclose()
        if self.child is not None and self.child.returncode is None:
            await self.stop()

    def log(self) -> str:
        """The last words in its log."""
        text = (self.data_dir / "house.log").read_text(errors="replace")
        return "\n".join(text.splitlines()[-25:])

    # What only an operator on the machine can see

    def pids(self) -> set[int]:
        """Every living process that was started for this house's data."""
        mark = os.fsencode(str(self.data_dir))
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
                is_zombie = ") Z " in (folder / "stat").read_text()
            except OSError:
                continue
            if mark in words and not is_zombie and int(folder.name) != os.getpid():
                found.add(int(folder.name))
        return found

    def postmaster(self) -> int:
        """The process of this house's own database server."""
        cluster = running(self.data_dir)
        assert cluster is not None
        return int((cluster.folder / "postmaster.pid").read_text().splitlines()[0])

    async def ask_database(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the books, past the application."""
        cluster = running(self.data_dir)
        assert cluster is not None
        url = cluster.urls().owner
        async with await psycopg.AsyncConnection.connect(url) as connection:
            rows = await connection.execute(query.encode(), values)
            return await rows.fetchall()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on right now, all different."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(4096):
        pass
