"""Second factors, saved methods and auto-recharge."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_beside(__file__)
