"""How far a database is, and bringing it further, without loading Alembic for the usual answer.

Alembic with its SQL toolkit takes a third of our start. A database that is up to
date, which is nearly every start, is recognised by one query; only one that is
not starts Alembic, in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psycopg
from psycopg import errors as pg
from psycopg import sql

from largesse.kernel.database import Connection

HOME = Path(__file__).parent
URL_VARIABLE = "LARGESSE_MIGRATION_URL"


class MigrationFailed(Exception):
    """The database could not be brought to this version's schema; the message says why."""


class Phase(StrEnum):
    """Which half of the changes: before the new version's nodes, after all of them, or both."""

    PRE = "pre"
    POST = "post"
    ALL = "all"

    @property
    def halves(self) -> tuple[Half, ...]:
        """What to apply, in order."""
        return {Phase.PRE: (PRE,), Phase.POST: (POST,), Phase.ALL: (PRE, POST)}[self]


@dataclass(frozen=True, slots=True)
class Half:
    """A row of revisions: the folder they are in, and the table that says how far a database is."""

    folder: str
    table: str


PRE = Half("versions", "alembic_version")
"""Additive: the version before this one works on as if nothing had happened."""
POST = Half("post", "post_version")
"""Takes away what only the version before this one used."""


def newest(half: Half = PRE, *, home: Path = HOME) -> str | None:
    """The revision that this code brings: revisions of a half are numbered in one line."""
    names = (path.stem.partition("_")[0] for path in (home / half.folder).glob("[0-9]*.py"))
    return max(names, default=None)


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


def bring_up_to_date(owner_url: str, phase: Phase = Phase.ALL) -> None:
    """Apply what this database lacks; raises `MigrationFailed`. Says so when it has to wait."""
    if all(standing(owner_url, half) == newest(half) for half in phase.halves):
        return
    done = subprocess.run(
        [sys.executable, "-m", "largesse.kernel.migrations", phase],
        env={**os.environ, URL_VARIABLE: owner_url},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise MigrationFailed(f"The database could not be migrated: {last[0]}")


def standing(owner_url: str, half: Half) -> str | None:
    """How far a database is in one half."""
    question = sql.SQL("select version_num from {}").format(sql.Identifier(half.table))
    with psycopg.connect(owner_url, connect_timeout=5) as connection:
        try:
            row = connection.execute(question).fetchone()
        except pg.UndefinedTable:
            return None
    return None if row is None else str(row[0])
