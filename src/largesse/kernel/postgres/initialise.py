"""Make a new cluster: durable, checksummed, one locale everywhere, two plain roles."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .doors import APPLICATION, OWNER, SUPERUSER
from .errors import PostgresTrouble
from .find import Programs
from .identity import Identity
from .place import Place

# For two cores and a laptop's disk. Durability is not among them: those switches are set on
# the command line, where a line in a file cannot undo them.
_SETTINGS = """
# Written once when the cluster was made; change what you like below and restart.
max_connections = 120
shared_buffers = {cache}MB
work_mem = 8MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
min_wal_size = 256MB
wal_buffers = 16MB
wal_compression = on
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
random_page_cost = 1.1
jit = off
# Books grow at the tail, so a share of a whole table is too much to wait for.
autovacuum_naptime = 15s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.05
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_lock_waits = on
log_checkpoints = off
log_min_duration_statement = 2s
idle_in_transaction_session_timeout = 60s
"""

_ROLES = f"""\
CREATE ROLE {OWNER} LOGIN CREATEDB;
CREATE ROLE {APPLICATION} LOGIN;
GRANT pg_monitor, pg_checkpoint, pg_signal_backend TO {OWNER};
"""


def _cache_mb() -> int:
    """An eighth of the machine's memory, from 128 MB to 2 GB: a gift touches old pages of its keys."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(max(memory // 8 // 2**20, 128), 2048)


def made_with(cluster: Path) -> int | None:
    """The major version that made the cluster, or None when there is no cluster yet."""
    mark = cluster / "PG_VERSION"
    return int(mark.read_text().strip()) if mark.is_file() else None


def make_cluster(programs: Programs, place: Place) -> None:
    """Make the cluster under another name and rename it when it is whole.

    A machine that goes down half-way leaves a folder that the next start sweeps away, never
    a cluster without its roles.
    """
    half = place.base / "postgres.half"
    if half.exists():
        shutil.rmtree(half)
    half.mkdir(mode=0o700)
    place.identity.give(half)
    run_program(
        [programs.path("initdb"), *_initdb_options(programs), "-D", str(half)], place.identity
    )
    with (half / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS.format(cache=_cache_mb()))
    _make_roles(programs, half, place.identity)
    half.rename(place.cluster)


def quiet_environment(folder: Path) -> dict[str, str]:
    """What programs in this folder see of our environment: nothing that changes how they act."""
    return {"PATH": f"{folder}:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _initdb_options(programs: Programs) -> list[str]:
    options = [
        f"--username={SUPERUSER}",
        "--auth-local=peer",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--lc-messages=C",
        "--data-checksums",
        "--no-instructions",
    ]
    if programs.major >= 17:
        # Its order never changes under us when the machine's C library is upgraded.
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return options


def _make_roles(programs: Programs, cluster: Path, identity: Identity) -> None:
    """Create the roles before the server ever listens, so nobody needs to log in as superuser."""
    command = [programs.path("postgres"), "--single", "-D", str(cluster)]
    run_program([*command, "-c", "exit_on_error=on", "postgres"], identity, stdin=_ROLES)


def run_program(command: list[str], identity: Identity, *, stdin: str = "") -> None:
    """Run one of PostgreSQL's programs as this account; raises with what it said if it fails."""
    done = subprocess.run(
        command,
        cwd="/",
        env=quiet_environment(Path(command[0]).parent),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
        **identity.run_as(),
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise PostgresTrouble(f"{Path(command[0]).name} failed as {identity.name}: {said}")
