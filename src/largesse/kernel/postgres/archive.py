"""Keep the server's log outside the cluster, so that any moment since can be brought back."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

from .errors import PostgresTrouble
from .identity import Identity

# Relative, because the server runs it inside the cluster's folder: a folder's name is no shell.
ARCHIVE_COMMAND = '/bin/sh archive.sh "%p" "%f"'
# A quiet house's last piece of log leaves after this long, so that much can be lost with the disk.
PIECE_SECONDS_MAX = 60
LOG = "log"
_NAME_LENGTH = 24
_SCRIPT = "archive.sh"
_POINTER = "archive.path"

# Success lets the server forget a piece. So it is on disk under its whole name before that, and a
# piece that is there already is either the same (we died before saying so) or an alarm.
_KEEP = f"""\
# Written at every start. $1 is a finished piece of the log, $2 its name.
# While {_POINTER} names no folder, nobody keeps the log.
set -eu
umask 077
[ -e {_POINTER} ] || exit 0
kept="$(cat {_POINTER})/{LOG}"
piece="$kept/$2.gz"
if [ -e "$piece" ]; then
    gzip -dc "$piece" | cmp -s - "$1" && exit 0
    echo "$piece is there already and differs; it is not overwritten" >&2
    exit 1
fi
gzip -1 <"$1" >"$piece.half"
sync "$piece.half"
mv "$piece.half" "$piece"
sync "$kept"
"""


def write_archiver(cluster: Path, identity: Identity) -> None:
    """Put down what the server does with each finished piece of its log; at every start."""
    _write(cluster / _SCRIPT, _KEEP, identity)


def keep_log(cluster: Path, folder: Path, identity: Identity) -> None:
    """From now on, every finished piece of the cluster's log is kept in this folder."""
    kept = kept_in(cluster)
    if kept is not None and kept != folder and kept.is_dir():
        raise PostgresTrouble(
            f"The log of {cluster} is kept in {kept}. One folder holds all copies and the log: "
            f"back up to that one, or delete {cluster / _POINTER} to begin anew."
        )
    _write(cluster / _POINTER, f"{folder}\n", identity)


def forget_log(cluster: Path) -> None:
    """Nobody keeps this cluster's log any more."""
    (cluster / _POINTER).unlink(missing_ok=True)


def require_no_gap(log: Path, *, since: str) -> None:
    """Refuse a log that lacks a piece between two others: replaying it would end there, silently."""
    names = [path.name.removesuffix(".gz") for path in log.glob("*.gz")]
    pieces = [name for name in names if len(name) == _NAME_LENGTH and name >= since]
    for one, following in pairwise(sorted(pieces)):
        same_line = one[:8] == following[:8]
        if same_line and _number(following) != _number(one) + 1:
            raise PostgresTrouble(f"The log in {log} lacks what came after {one}.")


def _number(piece: str) -> int:
    """Which piece of its line it is: a name is line, then a number in two halves, the lower to 255."""
    return int(piece[8:16], 16) * 256 + int(piece[16:], 16)


def kept_in(cluster: Path) -> Path | None:
    """The folder that keeps the cluster's log, if any does."""
    pointer = cluster / _POINTER
    return Path(pointer.read_text().strip()) if pointer.is_file() else None


def _write(path: Path, text: str, identity: Identity) -> None:
    """Write a small file so that a crash leaves the old one or the new one."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.chmod(0o600)
    identity.give(draft)
    draft.replace(path)
    settle(path.parent)


def settle(folder: Path) -> None:
    """Make the names in this folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
