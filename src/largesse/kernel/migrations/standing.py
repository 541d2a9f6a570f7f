"""How far a database is, and bringing it further, without loading Alembic for the usual answer.

Alembic with its SQL toolkit takes a third of our start. A database that is up to
date, which is nearly every start, is recognised by one query; only one that is
not starts Alembic, in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import errors as pg

from largesse.kernel.database import Connection

HOME = Path(__file__).parent
URL_VARIABLE = "LARGESSE_MIGRATION_URL"


class MigrationFailed(Exception):
    """The database could not be brought to this version's schema; the message says why."""


def newest() -> str:
    """The revision that this code needs: revisions are numbered in one line."""
    return max(path.stem.partition("_")[0] for path in (HOME / "versions").glob("*.py"))


async def applied(connection: Connection) -> str | None:
    """The revision that this database has; None for one that was never migrated.

    It wants a connection for looking only: a missing table would undo a transaction.
    """
    try:
        rows = await connection.execute("select version_num from alembic_version")
    except pg.UndefinedTable:
        return None
    found = await rows.fetchone()
    return None if found is None else str(found[0])


def bring_up_to_date(owner_url: str) -> None:
    """Apply what this database lacks; raises `MigrationFailed`."""
    if _standing(owner_url) == newest():
        return
    done = subprocess.run(
        [sys.executable, "-m", "largesse.kernel.migrations"],
        env={**os.environ, URL_VARIABLE: owner_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise MigrationFailed(f"The database could not be migrated: {last[0]}")


def _standing(owner_url: str) -> str | None:
    with psycopg.connect(owner_url, connect_timeout=5) as connection:
        try:
            row = connection.execute("select version_num from alembic_version").fetchone()
        except pg.UndefinedTable:
            return None
    return None if row is None else str(row[0])
