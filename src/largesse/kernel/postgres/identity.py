"""Who the server runs as: ourselves, or an unprivileged account when we are root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from .errors import PostgresTrouble

# PostgreSQL refuses to run as root. `postgres` is there where the system's server is
# installed; `nobody` is there always.
STAND_INS = ("postgres", "nobody")


class RunAs(TypedDict, total=False):
    """The arguments of Popen that drop root's rights; empty when there are none to drop."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Identity:
    """One account of this machine. PostgreSQL asks that it has a passwd entry."""

    name: str
    uid: int
    gid: int

    def run_as(self) -> RunAs:
        if os.geteuid() != 0:
            return {}
        # Without the last two, the child would keep root's group and its extra groups.
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> bool:
        return path.stat().st_uid == self.uid

    def give(self, path: Path) -> None:
        """Hand a file or folder that we made to this account."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may pass through every parent of the folder and into it."""
        if os.geteuid() != 0:
            return os.access(folder, os.X_OK)
        asked = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **self.run_as(),
        )
        return asked.returncode == 0


def ourselves() -> Identity:
    """The account that this program runs as."""
    return _by_uid(os.geteuid())


def server_identity(cluster: Path) -> Identity:
    """The account to run the server as: the cluster's owner if there is a cluster already."""
    us = ourselves()
    if cluster.is_dir():
        owner = _by_uid(cluster.stat().st_uid)
        if us.uid not in (0, owner.uid):
            raise PostgresTrouble(
                f"The database in {cluster} belongs to {owner.name}, and this is {us.name}. "
                f"Run as {owner.name} or as root, or set LARGESSE_DATA_DIR to a folder of yours."
            )
        if owner.uid == 0:
            raise PostgresTrouble(
                f"{cluster} belongs to root, and PostgreSQL does not run as root."
            )
        return owner
    if us.uid != 0:
        return us
    for name in STAND_INS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise PostgresTrouble(
        "PostgreSQL does not run as root, and this machine has neither a `postgres` nor a "
        "`nobody` account. Make one (useradd --system postgres) or run as an ordinary user."
    )


def _by_uid(uid: int) -> Identity:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresTrouble(
            f"User id {uid} has no name on this machine (no passwd entry), and PostgreSQL needs "
            "one. Run as a named user, or set LARGESSE_DATABASE_URL."
        ) from None
    return Identity(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
