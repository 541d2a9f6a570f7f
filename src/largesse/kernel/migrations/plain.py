"""Run the SQL file that stands beside a revision."""

from __future__ import annotations

from pathlib import Path

from alembic import op


def run_beside(revision_file: str) -> None:
    """Execute `NNNN_name.sql` next to `NNNN_name.py`, as one script."""
    script = Path(revision_file).with_suffix(".sql").read_text()
    # The driver's own cursor takes a script of many statements; a percent sign is just a percent sign.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(script)
