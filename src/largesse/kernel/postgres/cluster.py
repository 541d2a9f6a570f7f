"""Start the house's own PostgreSQL, hand out its addresses, and stop it again."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from .archive import write_archiver
from .doors import APPLICATION, OWNER, write_doors
from .errors import PostgresTrouble
from .find import Programs, find_programs
from .identity import ourselves
from .initialise import made_with, make_cluster
from .leftovers import is_ready, mark
from .place import Place, find_place, reachable, socket_folder, usable_programs
from .supervise import START_SECONDS_MAX, Server


@dataclass(frozen=True, slots=True)
class Urls:
    """Two ways into one database: as the application, and as the owner who may change tables."""

    app: str
    owner: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server. Stop it from the program that started it; others only use it."""

    folder: Path
    """Its data (PGDATA). It belongs to the server's account; do not write there."""
    socket: Path
    programs: Programs
    _server: Server | None = None
    _lock: IO[bytes] | None = None

    def urls(self, database: str = "largesse") -> Urls:
        """Addresses that libpq, psycopg and SQLAlchemy all read."""
        return Urls(app=self._url(APPLICATION, database), owner=self._url(OWNER, database))

    def ensure_database(self, name: str) -> None:
        """Make the database if it is not there yet. It belongs to the owner's role."""
        with psycopg.connect(self._url(OWNER, "postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    @property
    def pid(self) -> int | None:
        """The postmaster, when it is this program's child."""
        return None if self._server is None else self._server.pid

    def stop(self) -> None:
        """Stop the server if this program started it. Safe to call twice."""
        if self._server is None or self._lock is None or self._lock.closed:
            return
        self._server.stop()
        if self.socket.parent != self.folder.parent:
            with suppress(OSError):
                self.socket.rmdir()
        self._lock.close()

    def _url(self, role: str, database: str) -> str:
        host = quote(str(self.socket), safe="")
        return f"postgresql://{role}@/{quote(database, safe='')}?host={host}&port=5432"


def start(
    data_dir: Path, *, name: str = "largesse", start_seconds_max: int = START_SECONDS_MAX
) -> Cluster:
    """Start the server of this data folder, making the cluster and the database if need be.

    If another program of ours runs it already, that server is used and `stop` leaves it
    alone. Blocks until connections are taken, through crash recovery too; raises
    `PostgresTrouble` with what to do.
    """
    place = find_place(data_dir)
    lock = _locked(place)
    if lock is None:
        cluster = running(data_dir)
        assert cluster is not None
    else:
        try:
            cluster = _started(place, lock, start_seconds_max)
        except BaseException:
            lock.close()
            raise
    cluster.ensure_database(name)
    return cluster


def running(data_dir: Path) -> Cluster | None:
    """The server that another program of ours keeps for this data folder, if it takes calls."""
    place = find_place(data_dir)
    if not is_ready(place.cluster):
        return None
    programs = find_programs(major=made_with(place.cluster))
    return Cluster(
        folder=place.cluster,
        socket=Path(mark(place.cluster)[4]),
        programs=usable_programs(programs, place),
    )


@asynccontextmanager
async def embedded(data_dir: Path, *, name: str = "largesse") -> AsyncIterator[Urls]:
    """The addresses of the embedded server, for as long as the block runs."""
    cluster = await asyncio.to_thread(start, data_dir, name=name)
    try:
        yield cluster.urls(name)
    finally:
        await asyncio.to_thread(cluster.stop)


@contextmanager
def throwaway(*, name: str = "largesse") -> Iterator[Cluster]:
    """A durable server in a folder of its own that is deleted afterwards, for tests."""
    # Under /tmp and open to pass through, so that the server's account reaches it from root.
    folder = Path(tempfile.mkdtemp(prefix="largesse-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        cluster = start(folder, name=name)
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)


def _started(place: Place, lock: IO[bytes], start_seconds_max: int) -> Cluster:
    place = reachable(place)
    programs = find_programs(major=made_with(place.cluster))
    programs = usable_programs(programs, place)
    if made_with(place.cluster) is None:
        make_cluster(programs, place)
    write_doors(place.cluster, server=place.identity, application=ourselves())
    write_archiver(place.cluster, place.identity)
    socket = socket_folder(place)
    server = Server(programs, place, socket)
    server.start(seconds_max=start_seconds_max)
    return Cluster(
        folder=place.cluster, socket=socket, programs=programs, _server=server, _lock=lock
    )


def _locked(place: Place) -> IO[bytes] | None:
    """The right to run this cluster, or None when another program has it and is ready.

    The kernel gives the lock back when its holder dies, however it dies.
    """
    try:
        lock = os.fdopen(os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
    except OSError as refusal:
        raise PostgresTrouble(f"Cannot lock {place.lock}: {refusal.strerror}.") from refusal
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if is_ready(place.cluster):
                lock.close()
                return None
        else:
            return lock
        if time.monotonic() > deadline:
            lock.close()
            raise PostgresTrouble(f"Another program holds {place.lock} and its server is silent.")
        time.sleep(0.02)
