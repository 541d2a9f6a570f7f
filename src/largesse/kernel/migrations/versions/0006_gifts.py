"""Gifts: the catalogue, the stated value of a diamond, and every gift that was sent."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_beside(__file__)
