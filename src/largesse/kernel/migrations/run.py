"""Run the revisions that a database lacks, with Alembic, without standing in anybody's way.

A statement that waits for a strong lock makes everybody wait who comes after it. So a
revision waits shorter than a gift does before it is set aside, gives its place up, and
tries again after a pause that grows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import repeat
from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError

from largesse.kernel.migrations.standing import (
    HOME,
    PRE,
    Half,
    MigrationFailed,
    Phase,
    newest,
    standing,
)

# About ten minutes: whoever holds a lock for longer should be looked at by a person.
PAUSES_SECONDS = (0.5, 1, 2, 4, 8, *repeat(10, 58))

Tell = Callable[[str], None]
"""Hears why a migration waits."""


def migrate(
    url: str, phase: Phase = Phase.ALL, *, home: Path = HOME, tell: Tell = lambda why: None
) -> None:
    """Apply every revision that this database does not have yet; `url` is the owner's.

    Safe beside people who give, and beside another migration: one of the two waits.
    Raises `MigrationFailed` if it never got its locks, or if the first half is not done.
    """
    if phase is Phase.POST and standing(url, PRE) != newest(PRE, home=home):
        raise MigrationFailed("Its first half comes first: largesse migrate --phase pre")
    for half in phase.halves:
        if newest(half, home=home) is not None:
            _upgrade(_config(url, half, home), tell)


def _config(url: str, half: Half, home: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", _literal(HOME))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _literal(home / half.folder))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    config.attributes["version_table"] = half.table
    return config


def _literal(path: Path) -> str:
    return str(path).replace("%", "%%")


def _upgrade(config: Config, tell: Tell) -> None:
    pauses = iter(PAUSES_SECONDS)
    # What is applied already is committed, so each attempt goes on where the last one ended.
    while _meets_a_lock(config):
        pause = next(pauses, None)
        if pause is None:
            raise MigrationFailed(
                "Somebody kept the tables locked for ten minutes; see pg_stat_activity."
                " It can be run again."
            )
        tell(f"The tables are in use; nobody waits for us, we try again in {pause} s.")
        time.sleep(pause)


def _meets_a_lock(config: Config) -> bool:
    try:
        command.upgrade(config, "head")
    except (pg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, pg.LockNotAvailable | pg.DeadlockDetected):
            return True
        raise
    return False
