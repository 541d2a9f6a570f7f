"""Clear away what a killed program left behind, before its cluster is started again."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from .errors import PostgresTrouble

PATIENCE_SECONDS = 120
_LOOK_AGAIN_SECONDS = 0.02


def clear_the_way(cluster: Path) -> None:
    """Return when no server process works in the cluster any more, and no stale mark is left.

    A postmaster that outlived its program is asked to stop and waited for, never adopted: it
    is not our child, so nobody would notice its end. A process counts only if it is a server
    that works in this very folder, so a process id that was given to someone else meanwhile
    confuses nobody.
    """
    if not Path("/proc/self/cwd").exists():
        return  # Without /proc the server's own check of its mark has to do.
    deadline = time.monotonic() + PATIENCE_SECONDS
    asked = False
    while at_work := _servers_in(cluster):
        postmaster = marked_pid(cluster)
        if not asked and postmaster in at_work:
            asked = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(postmaster, signal.SIGINT)
        if time.monotonic() > deadline:
            pids = ", ".join(map(str, sorted(at_work)))
            raise PostgresTrouble(f"An earlier server still works in {cluster} (processes {pids}).")
        time.sleep(_LOOK_AGAIN_SECONDS)
    # The server itself would refuse to start if the id in its old mark were alive again.
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def marked_pid(cluster: Path) -> int | None:
    """The process id in the postmaster's mark, whoever has that id now."""
    lines = mark(cluster)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def mark(cluster: Path) -> list[str]:
    """The lines of postmaster.pid: 0 its process id, 4 its socket folder, 7 its state."""
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def is_ready(cluster: Path) -> bool:
    """Whether the postmaster says that it takes connections (pg_ctl reads the same line)."""
    lines = mark(cluster)
    return len(lines) > 7 and lines[7].strip() == "ready"


def _servers_in(cluster: Path) -> set[int]:
    """The server processes of this cluster: all of them have it as working folder."""
    found = set()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        # Processes come and go, zombies have no folder, and others' are not ours to see.
        with contextlib.suppress(OSError):
            if (process / "comm").read_text().strip() != "postgres":
                continue
            if (process / "cwd").readlink() == cluster:
                found.add(int(process.name))
    return found
