"""The schema changes while people give: nobody waits for a migration, and nothing is lost."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import errors as pg

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.migrations.run import migrate
from largesse.kernel.migrations.standing import (
    HOME,
    POST,
    PRE,
    Half,
    MigrationFailed,
    Phase,
    newest,
    standing,
)
from largesse.kernel.postgres import Cluster, Urls
from largesse.ledger import Committer
from largesse.main import House
from largesse.main import doors as doors_of
from largesse.settings import Settings
from tests.ledger.conftest import Books

SENDERS = 8
GIFTS_MEANWHILE = 100

MIGRATES = """
import sys
from pathlib import Path
from largesse.kernel.migrations.run import migrate

migrate(sys.argv[1], home=Path(sys.argv[2]))
"""

REVISION = """
from largesse.kernel.migrations.plain import build_index, run_beside

revision = {revision!r}
down_revision = {follows!r}


def upgrade() -> None:
    {does}
"""


@pytest.fixture
def urls(cluster: Cluster) -> Urls:
    """A database of one's own with this version's schema, because each test brings it further."""
    name = f"upgrade_{ids.make().hex}"
    cluster.ensure_database(name)
    migrate(cluster.urls(name).owner)
    return cluster.urls(name)


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The revisions of a version to come: it adds columns, then an index, and tightens later."""
    shutil.copytree(HOME / "versions", tmp_path / "versions")
    pre, post = tmp_path / "versions", tmp_path / "post"
    post.mkdir()
    _add(
        pre, "9001", newest(), "run_beside(__file__)",
        "alter table ledger.journal add column mood text;"
        "alter table ledger.purse add column mood text;",
    )  # fmt: skip
    index = 'build_index("ledger", "journal_by_mood", on="ledger.journal (mood)")'
    _add(pre, "9002", "9001", index)
    _add(
        post, "0001", None, "run_beside(__file__)",
        "alter table ledger.purse drop column mood;",
    )  # fmt: skip
    return tmp_path


def _add(folder: Path, revision: str, follows: str | None, does: str, sql: str = "") -> None:
    text = REVISION.format(revision=revision, follows=follows, does=does)
    (folder / f"{revision}_mood.py").write_text(text)
    (folder / f"{revision}_mood.sql").write_text(sql)


@dataclass
class Evening:
    """People who give without a pause, and what they were told."""

    books: Books
    committer: Committer
    told: dict[str, int] = field(default_factory=dict)
    answered: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def give_for_ever(self, viewer: int) -> None:
        for number in itertools.count():
            key = f"{viewer}-{number}"
            spent = await self.committer.spend(self.books.gift(viewer, 1, key=key))
            self.told[key] = spent.seq
            self.answered.release()

    async def go_on(self) -> None:
        """Return when some more gifts were answered than were by now."""
        self.answered = asyncio.Semaphore(0)
        async with asyncio.timeout(60):
            for _ in range(GIFTS_MEANWHILE):
                await self.answered.acquire()

    async def nothing_is_lost(self) -> None:
        """Every answered gift is in the books; at most one a giver was never answered."""
        rows = await self.books.rows("select seq from ledger.journal where kind = 160")
        seqs = {seq for (seq,) in rows}
        assert set(self.told.values()) <= seqs
        assert len(seqs) - len(self.told) <= SENDERS
        await self.books.audit()


@asynccontextmanager
async def _evening(urls: Urls) -> AsyncIterator[Evening]:
    database = Database(urls.app, patient=True)
    await database.open()
    # No clock decides here: a giver who was not answered for ever would end the test as well.
    committer = Committer(urls.app, answer_seconds_max=30)
    await committer.start()
    evening = Evening(Books(database, urls), committer)
    viewers = [await evening.books.person(paid=1_000_000) for _ in range(SENDERS)]
    async with asyncio.TaskGroup() as group:
        # A gift that is refused ends the group, and the test.
        givers = [group.create_task(evening.give_for_ever(viewer)) for viewer in viewers]
        await evening.go_on()
        yield evening
        await evening.go_on()
        for giver in givers:
            giver.cancel()
    await committer.stop()
    await evening.nothing_is_lost()
    await database.close()


@contextmanager
def _long_report(urls: Urls) -> Iterator[None]:
    """Somebody reads the journal and the purses in a transaction that stays open."""
    with psycopg.connect(urls.owner) as report:
        report.execute("lock table ledger.journal, ledger.purse in access share mode")
        yield


@dataclass
class Waits:
    """Counts how often a migration gave its place up."""

    loop: asyncio.AbstractEventLoop
    gave_up: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def tell(self, why: str) -> None:
        self.loop.call_soon_threadsafe(self.gave_up.put_nowait, why)


@pytest.fixture
def run() -> Callable[..., asyncio.Task[None]]:
    def begin(urls: Urls, phase: Phase, home: Path, waits: Waits) -> asyncio.Task[None]:
        work = asyncio.to_thread(migrate, urls.owner, phase, home=home, tell=waits.tell)
        return asyncio.create_task(work)

    return begin


async def test_gifts_go_on_while_a_migration_waits_for_a_long_report(
    urls: Urls, next_version: Path, run: Callable[..., asyncio.Task[None]]
) -> None:
    waits = Waits(asyncio.get_running_loop())
    async with _evening(urls) as evening:
        with _long_report(urls):
            migrating = run(urls, Phase.PRE, next_version, waits)
            async with asyncio.timeout(60):
                for _ in range(2):
                    assert "in use" in await waits.gave_up.get()
            await evening.go_on()
            assert not migrating.done()
        await migrating
        await evening.go_on()

        # The version before it goes on with the first half applied, then the second half follows.
        assert _standing(urls, PRE) == "9002"
        assert _standing(urls, POST) is None
        await run(urls, Phase.POST, next_version, waits)
    assert _standing(urls, POST) == "0001"
    assert _index_is_whole(urls)


async def test_a_node_of_the_version_before_stays_ready_after_the_first_half(
    urls: Urls, next_version: Path
) -> None:
    await asyncio.to_thread(migrate, urls.owner, Phase.PRE, home=next_version)
    house = House(Settings(gateway_port=0, secret="only for tests" * 3), urls.app)
    async with house.open(with_jobs=False):
        application: Any = doors_of(house)
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (200, "9002")


def test_the_second_half_is_refused_before_the_first(urls: Urls, next_version: Path) -> None:
    with pytest.raises(MigrationFailed, match="--phase pre"):
        migrate(urls.owner, Phase.POST, home=next_version)
    migrate(urls.owner, Phase.ALL, home=next_version)
    assert (_standing(urls, PRE), _standing(urls, POST)) == ("9002", "0001")


def test_half_an_index_that_an_interrupted_attempt_left_is_built_anew(
    urls: Urls, next_version: Path
) -> None:
    # Somebody's open transaction makes the build wait, and it dies while it does.
    with (
        psycopg.connect(urls.owner, autocommit=True) as owner,
        psycopg.connect(urls.owner) as somebody,
    ):
        somebody.execute("lock table ledger.journal in row exclusive mode")
        owner.execute("set statement_timeout = '50ms'")
        with pytest.raises(pg.QueryCanceled):
            owner.execute("create index concurrently journal_by_mood on ledger.journal (party)")
    assert not _index_is_whole(urls)
    migrate(urls.owner, Phase.PRE, home=next_version)
    assert _index_is_whole(urls)


async def test_two_migrations_at_once_end_as_one(urls: Urls, next_version: Path) -> None:
    command = [sys.executable, "-c", MIGRATES, urls.owner, str(next_version)]
    both = [await asyncio.create_subprocess_exec(*command) for _ in range(2)]
    assert [await node.wait() for node in both] == [0, 0]
    assert (_standing(urls, PRE), _standing(urls, POST)) == ("9002", "0001")


def _standing(urls: Urls, half: Half) -> str | None:
    return standing(urls.owner, half)


def _index_is_whole(urls: Urls) -> bool:
    with psycopg.connect(urls.owner) as owner:
        row = owner.execute(
            "select indisvalid from pg_index where indexrelid = 'ledger.journal_by_mood'::regclass"
        ).fetchone()
    assert row is not None
    return bool(row[0])
