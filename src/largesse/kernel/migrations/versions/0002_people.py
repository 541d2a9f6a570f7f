"""People: accounts, sessions and what they agreed to."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_beside(__file__)
