"""Settlement files and the health of providers."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_beside(__file__)
