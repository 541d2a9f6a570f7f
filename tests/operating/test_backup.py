"""A backup brings back any moment since it was taken, and the restored books are proved."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from largesse.kernel.database import Database
from largesse.kernel.migrations.run import migrate
from largesse.kernel.postgres import Cluster, PostgresTrouble, back_up, restore, running, start
from largesse.kernel.postgres.archive import ARCHIVE_COMMAND
from largesse.kernel.postgres.backup import copies
from largesse.ledger import Committer
from tests.ledger.conftest import Books


@dataclass(frozen=True, slots=True)
class Evening:
    """What happened before the disk was lost: gifts, a backup, gifts, a noted moment, gifts."""

    data_dir: Path
    backup: Path
    viewer: int
    noted_at: datetime
    digest_then: dict[str, str]
    digest_at_the_end: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def evening(place: Path) -> Evening:
    data_dir, backup = place / "var", place / "a backup's 100%"
    cluster = await asyncio.to_thread(start, data_dir)
    await asyncio.to_thread(migrate, cluster.urls().owner)
    async with _books(cluster) as books:
        viewer = await books.person(paid=1000, promo=100)
        await _gifts(books, viewer, "before the backup")
        copied = await _largesse(data_dir, "backup", str(backup))
        assert copied.returncode == 0, copied.stderr
        await books.recharge(viewer, coins=500, key="after the backup")
        await _gifts(books, viewer, "after the backup")
        digest_then, noted_at = await books.digest(), datetime.now(UTC)
        await books.recharge(viewer, coins=70, key="after the moment")
        await _gifts(books, viewer, "after the moment")
        digest_at_the_end = await books.digest()
    await asyncio.to_thread(cluster.stop)
    return Evening(data_dir, backup, viewer, noted_at, digest_then, digest_at_the_end)


@asynccontextmanager
async def _books(cluster: Cluster) -> AsyncIterator[Books]:
    database = Database(cluster.urls().app, patient=True)
    await database.open()
    try:
        yield Books(database, cluster.urls())
    finally:
        await database.close()


async def _gifts(books: Books, viewer: int, when: str) -> None:
    committer = Committer(books.urls.app, answer_seconds_max=60)
    await committer.start()
    await asyncio.gather(
        *(committer.spend(books.gift(viewer, 7, key=f"gift {n} {when}")) for n in range(20))
    )
    await committer.stop()


async def _largesse(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [Path(sys.executable).parent / "largesse", *words],
            env={**os.environ, "LARGESSE_DATA_DIR": str(data_dir)},
            capture_output=True,
            text=True,
            check=False,
        )

    return await asyncio.to_thread(run)


async def test_the_books_come_back_as_they_were_at_the_noted_moment(
    evening: Evening, place: Path
) -> None:
    into = place / "then"
    restored = await _largesse(
        evening.data_dir,
        *("restore", str(evening.backup), "--to", evening.noted_at.isoformat()),
        *("--into", str(into)),
    )
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "The books are right." in restored.stdout

    cluster = await asyncio.to_thread(start, into)
    try:
        async with _books(cluster) as books:
            assert await books.digest() == evening.digest_then
            assert (await books.purse(evening.viewer)).spendable == 1600 - 40 * 7
            # Nothing of the later acts is known, so their keys are free again.
            await books.recharge(evening.viewer, coins=70, key="after the moment")
            await _gifts(books, evening.viewer, "after the moment")
            assert (await books.purse(evening.viewer)).spendable == 1670 - 60 * 7
            await books.audit()
    finally:
        await asyncio.to_thread(cluster.stop)


async def test_the_latest_moment_has_every_act(evening: Evening, place: Path) -> None:
    into = place / "latest"
    restored = await _largesse(
        evening.data_dir, "restore", str(evening.backup), "--to", "latest", "--into", str(into)
    )
    assert restored.returncode == 0, restored.stdout + restored.stderr

    cluster = await asyncio.to_thread(start, into)
    try:
        async with _books(cluster) as books:
            assert await books.digest() == evening.digest_at_the_end
    finally:
        await asyncio.to_thread(cluster.stop)


def test_a_restored_house_goes_on_into_the_same_backup(evening: Evening, place: Path) -> None:
    """It has a log of its own from the moment on, and both are kept without a clash."""
    into, again = place / "heir", place / "heir of the heir"
    backup = _another(evening, place / "continued")
    restore(backup, into=into, to=evening.noted_at)
    copy = back_up(into, backup)
    assert [known.folder for known in copies(backup)][-1] == copy.folder

    assert restore(backup, into=again, to=None).folder == copy.folder


async def test_a_moment_before_the_first_copy_is_refused_in_words(
    evening: Evening, place: Path
) -> None:
    early = (evening.noted_at - timedelta(days=1)).isoformat()
    refused = await _largesse(
        evening.data_dir,
        *("restore", str(evening.backup), "--to", early, "--into", str(place / "early")),
    )
    assert refused.returncode == 1
    assert "The oldest copy" in refused.stdout


def test_a_moment_that_the_log_does_not_reach_is_refused_and_the_folder_stays_free(
    evening: Evening, place: Path
) -> None:
    into = place / "late"
    with pytest.raises(PostgresTrouble, match="--to latest"):
        restore(evening.backup, into=into, to=datetime.now(UTC) + timedelta(days=1))
    restore(evening.backup, into=into, to=None)


async def test_a_moment_without_its_zone_is_refused(evening: Evening, place: Path) -> None:
    refused = await _largesse(
        evening.data_dir,
        *("restore", str(evening.backup), "--to", "2026-03-04T12:00:00"),
        *("--into", str(place / "zoneless")),
    )
    assert refused.returncode == 2
    assert "zone" in refused.stdout


def test_nothing_is_ever_restored_over_a_database(evening: Evening) -> None:
    with pytest.raises(PostgresTrouble, match="holds a database already"):
        restore(evening.backup, into=evening.data_dir, to=None)


def test_a_copy_that_was_damaged_is_not_restored(evening: Evening, place: Path) -> None:
    backup = _another(evening, place / "damaged")
    (copy,) = copies(backup)
    largest = max((copy.folder / "base").rglob("*"), key=lambda path: path.stat().st_size)
    with largest.open("r+b") as table:
        table.seek(100)
        table.write(b"one more coin")
    with pytest.raises(PostgresTrouble, match="pg_verifybackup"):
        restore(backup, into=place / "from damaged", to=None)
    assert running(place / "from damaged") is None


def test_a_log_with_a_gap_or_a_broken_piece_is_not_taken_for_its_end(
    evening: Evening, place: Path
) -> None:
    backup = _another(evening, place / "holes")
    (copy,) = copies(backup)
    _, *needed = sorted((backup / "log").glob("*[0-9A-F].gz"))
    last = needed[-1]
    assert copy.first_piece == needed[0].name.removesuffix(".gz")
    whole = last.read_bytes()
    last.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PostgresTrouble, match="exited with exit code"):
        restore(backup, into=place / "from broken", to=None)
    last.write_bytes(whole)
    last.rename(last.with_name("0000000100000000000000FF.gz"))
    with pytest.raises(PostgresTrouble, match="lacks what came after"):
        restore(backup, into=place / "from holes", to=None)


def _another(evening: Evening, backup: Path) -> Path:
    """The same backup once more, for a test that changes it."""
    shutil.copytree(evening.backup, backup)
    for path in (backup, *backup.rglob("*")):
        os.chown(path, evening.backup.stat().st_uid, -1)
    return backup


def test_a_folder_of_something_else_or_of_another_database_is_refused(
    evening: Evening, place: Path
) -> None:
    (place / "holiday").mkdir()
    (place / "holiday" / "picture.jpg").touch()
    with pytest.raises(PostgresTrouble, match="something else"):
        back_up(evening.data_dir, place / "holiday")
    start(place / "stranger").stop()
    with pytest.raises(PostgresTrouble, match="another database"):
        back_up(place / "stranger", evening.backup)


def test_a_piece_of_log_is_kept_whole_or_not_at_all_and_never_overwritten(place: Path) -> None:
    """The server forgets a piece when it hears success, so success must be true."""
    start(place / "quiet").stop()
    cluster, kept = place / "quiet" / "postgres", place / "kept"
    (kept / "log").mkdir(parents=True)
    piece = cluster / "piece"
    piece.write_bytes(b"acts" * 1000)

    def keep() -> int:
        command = ARCHIVE_COMMAND.replace("%p", "piece").replace("%f", "0001")
        done = subprocess.run(command, shell=True, cwd=cluster, check=False, capture_output=True)
        return done.returncode

    assert keep() == 0  # Nobody wants it yet.
    assert not list((kept / "log").iterdir())
    (cluster / "archive.path").write_text(f"{kept}\n")
    assert keep() == 0
    assert keep() == 0  # The server died before it noted the success, and asks again.
    before = (kept / "log" / "0001.gz").read_bytes()
    piece.write_bytes(b"lies" * 1000)
    assert keep() != 0
    assert (kept / "log" / "0001.gz").read_bytes() == before
    (kept / "log").rename(kept / "unmounted")
    assert keep() != 0
    assert not (kept / "log").exists()
