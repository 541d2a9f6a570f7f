"""What app stores sell, and gift codes."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_beside(__file__)
