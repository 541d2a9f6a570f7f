"""Bring a backed-up cluster back as it was at a moment, in a data folder of its own."""

from __future__ import annotations

import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

from .archive import LOG, forget_log, require_no_gap
from .backup import Copy, copies, verify
from .cluster import start
from .errors import PostgresTrouble
from .find import find_programs
from .initialise import made_with
from .place import Place, find_place, reachable, usable_programs

_SETTINGS = "postgresql.auto.conf"
# Replaying a week of log takes hours, and a restore has nobody to answer meanwhile.
_REPLAY_SECONDS_MAX = 7 * 24 * 3600
_TOO_LATE = "recovery ended before configured recovery target was reached"


def restore(folder: Path, *, into: Path, to: datetime | None) -> Copy:
    """Make a cluster in `into` that holds what was committed up to a moment; returns its base.

    Without a moment: everything that the backup knows of. Works on a copy, so the backup
    stays as it is, and the restored cluster writes no log there until it is backed up itself.
    """
    folder = folder.absolute()
    copy = _last_copy_before(to, folder)
    require_no_gap(folder / LOG, since=copy.first_piece)
    place = find_place(into)
    if made_with(place.cluster) is not None:
        raise PostgresTrouble(f"{into} holds a database already; restore into a new folder.")
    place = reachable(place)
    half = _copied(copy, place)
    plain = _without_its_archive(half)
    _write_way_back(half, folder, to=to)
    half.rename(place.cluster)
    try:
        # The server replays the log before it takes the first call.
        start(into, start_seconds_max=_REPLAY_SECONDS_MAX).stop()
    except PostgresTrouble as trouble:
        place.cluster.rename(half)
        if _TOO_LATE in str(trouble):
            raise PostgresTrouble(
                f"The log in {folder} ends before that moment. With --to latest you get all of it."
            ) from trouble
        raise
    (place.cluster / _SETTINGS).write_text(plain)
    return copy


def _last_copy_before(to: datetime | None, folder: Path) -> Copy:
    found = copies(folder)
    if not found:
        raise PostgresTrouble(f"There is no backup in {folder}.")
    fitting = [copy for copy in found if to is None or copy.at <= to]
    if not fitting:
        raise PostgresTrouble(f"The oldest copy in {folder} is of {found[0].at.isoformat()}.")
    return fitting[-1]


def _copied(copy: Copy, place: Place) -> Path:
    """A verified copy of the copy that belongs to the server's account."""
    half = place.base / "postgres.half"
    if half.exists():
        shutil.rmtree(half)
    shutil.copytree(copy.folder, half, symlinks=True)
    for path in (half, *half.rglob("*")):
        place.identity.give(path)
    programs = usable_programs(find_programs(major=made_with(half)), place)
    verify(programs, half, place.identity)
    return half


def _without_its_archive(cluster: Path) -> str:
    """What was set besides keeping a log: a copy must not write into its original's."""
    forget_log(cluster)
    lines = (cluster / _SETTINGS).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("archive_"))


def _write_way_back(cluster: Path, folder: Path, *, to: datetime | None) -> None:
    """Tell the server where its log is and how far to replay it; it takes a new line after that."""
    log = shlex.quote(str(folder / LOG)).replace("%", "%%")
    # 1 means that the log ends here. A piece that is there and cannot be read must not: after
    # more than 125 the server gives up.
    fetch = f'test -x {log} || exit 200; test -e {log}/%f.gz || exit 1; gzip -dc {log}/%f.gz >"%p"'
    lines = [
        _line("restore_command", f"{fetch} || exit 200"),
        _line("recovery_target_timeline", "latest"),
        _line("recovery_target_action", "promote"),
        # It would say that it is ready while it still replays.
        _line("hot_standby", "off"),
    ]
    if to is not None:
        lines.append(_line("recovery_target_time", to.astimezone(UTC).isoformat(sep=" ")))
    with (cluster / _SETTINGS).open("a") as settings:
        settings.writelines(lines)
    (cluster / "recovery.signal").touch()


def _line(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace("'", "''")
    return f"{name} = '{quoted}'\n"
