"""Copy the embedded cluster while it is in use, and keep its log from then on."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from .archive import LOG, PIECE_SECONDS_MAX, keep_log, settle
from .cluster import Cluster, start
from .doors import SUPERUSER
from .errors import PostgresTrouble
from .find import Programs
from .identity import Identity
from .initialise import made_with, run_program
from .place import Place, find_place

_NAME = "base-%Y%m%dT%H%M%S.%fZ"
_HALF = "base.half"
_SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Copy:
    """A whole cluster as it was at one moment, and may become at any later one."""

    folder: Path
    at: datetime
    """It was whole by then; with the log, any moment from then on can be restored."""

    @property
    def first_piece(self) -> str:
        """The piece of log that its replay begins with."""
        label = (self.folder / "backup_label").read_text()
        found = re.search(r"^START WAL LOCATION: .*\(file (\w+)\)", label)
        if found is None:
            raise PostgresTrouble(f"{self.folder} is no whole copy: its backup_label is strange.")
        return found[1]


def copies(folder: Path) -> list[Copy]:
    """The whole copies in a backup folder, oldest first."""
    found = [
        Copy(path, datetime.strptime(path.name, _NAME).replace(tzinfo=UTC))
        for path in folder.glob("base-*Z")
    ]
    return sorted(found, key=lambda copy: copy.at)


def back_up(data_dir: Path, folder: Path) -> Copy:
    """Put a verified copy of the cluster into the folder; its log is kept there ever after.

    Nobody waits for it: people go on giving. A server that does not run is started for it.
    """
    place = find_place(data_dir)
    if made_with(place.cluster) is None:
        raise PostgresTrouble(f"There is no database in {data_dir} to back up.")
    if shutil.which("gzip") is None:
        raise PostgresTrouble("The log is kept with gzip, and this machine has none.")
    cluster = start(data_dir)
    try:
        folder = _prepared(folder, place.identity, system=_ready_for_it(cluster))
        keep_log(place.cluster, folder, place.identity)
        _send_the_log_on_in_time(cluster, place.identity)
        return _copied(cluster, place, folder)
    finally:
        cluster.stop()


def verify(programs: Programs, copy: Path, identity: Identity) -> None:
    """Read the whole copy and compare it with the checksums that were made with it."""
    run_program([programs.path("pg_verifybackup"), "--quiet", str(copy)], identity)


def _ready_for_it(cluster: Cluster) -> str:
    """The database's own number; raises if its server was started by an older version of ours."""
    with psycopg.connect(cluster.urls("postgres").owner, autocommit=True) as connection:
        row = connection.execute(
            "SELECT current_setting('archive_mode'), system_identifier FROM pg_control_system()"
        ).fetchone()
    assert row is not None
    if row[0] != "on":
        raise PostgresTrouble("This server does not give its log away yet. Restart Largesse first.")
    return str(row[1])


def _prepared(folder: Path, identity: Identity, *, system: str) -> Path:
    """The folder, owned by the server's account and marked as this database's."""
    folder = folder.absolute()
    mark = folder / _SYSTEM
    if mark.is_file():
        if mark.read_text().strip() != system:
            raise PostgresTrouble(f"{folder} holds the backups of another database.")
        return folder
    if folder.is_dir() and any(path.name != LOG for path in folder.iterdir()):
        raise PostgresTrouble(f"{folder} holds something else; name an empty or a new folder.")
    (folder / LOG).mkdir(parents=True, exist_ok=True)
    for path in (folder, folder / LOG):
        path.chmod(0o700)
        identity.give(path)
    if not identity.can_enter(folder / LOG):
        raise PostgresTrouble(
            f"{identity.name}, who runs the database, cannot enter {folder}. "
            "Give it the right to enter the parent folders (chmod o+x), or name another folder."
        )
    mark.write_text(f"{system}\n")
    return folder


def _send_the_log_on_in_time(cluster: Cluster, identity: Identity) -> None:
    """Let a piece of log end by the clock: a setting of the superuser, who is the server itself."""
    settings = (
        f"ALTER SYSTEM SET archive_timeout = {PIECE_SECONDS_MAX}",
        "SELECT pg_reload_conf()",
    )
    orders = [word for line in settings for word in ("-c", line)]
    psql = [cluster.programs.path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    run_program([*psql, *_as_superuser(cluster), "-d", "postgres", *orders], identity)


def _copied(cluster: Cluster, place: Place, folder: Path) -> Copy:
    half = folder / _HALF
    if half.exists():
        shutil.rmtree(half)
    take = [cluster.programs.path("pg_basebackup"), *_as_superuser(cluster)]
    take += ["--checkpoint=fast", "--wal-method=stream", "-D", str(half)]
    run_program(take, place.identity)
    verify(cluster.programs, half, place.identity)
    at = datetime.now(UTC)
    copy = Copy(half.rename(folder / at.strftime(_NAME)), at)
    settle(folder)
    return copy


def _as_superuser(cluster: Cluster) -> list[str]:
    return ["-h", str(cluster.socket), "-p", "5432", "-U", SUPERUSER, "--no-password"]
