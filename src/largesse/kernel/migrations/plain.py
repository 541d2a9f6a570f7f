"""Run the SQL file that stands beside a revision, and what needs time but no strong lock."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import op
from psycopg import sql

# Gifts queue behind a revision that waits for its lock, and a writer of the ledger sets an act
# aside after 300 ms; so a revision waits less. Once it has the lock it is short, or undone.
HURRIED = "set lock_timeout = '200ms'; set statement_timeout = '5s'"
_PATIENT = "set lock_timeout = 0; set statement_timeout = 0"


def run_beside(revision_file: str) -> None:
    """Execute `NNNN_name.sql` next to `NNNN_name.py`, as one script."""
    _driver().execute(Path(revision_file).with_suffix(".sql").read_text())


def run_patiently(*statements: sql.SQL | sql.Composed) -> None:
    """Run statements that may take hours because nobody waits for them, outside a transaction.

    Only such as lock nothing that a gift needs: `create index concurrently`, `validate
    constraint`. What the revision did before is committed first, so make such a revision
    repeatable, or better one of its own.
    """
    with op.get_context().autocommit_block():
        driver = _driver()
        driver.execute(_PATIENT)
        try:
            for statement in statements:
                driver.execute(statement)
        finally:
            driver.execute(HURRIED)


def build_index(schema: str, name: str, *, on: str) -> None:
    """Build an index while the table is in use; `on` is what follows ON, as in "ledger.lot (source)".

    Half an index that an interrupted attempt left is removed first.
    """
    index = sql.Identifier(schema, name)
    run_patiently(
        sql.SQL("drop index concurrently if exists {}").format(index),
        sql.SQL("create index concurrently {} on {}").format(sql.Identifier(name), sql.SQL(on)),
    )


def _driver() -> psycopg.Connection:
    """The driver's own connection takes a script of many statements; a percent sign is just that."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
