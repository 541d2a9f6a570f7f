"""Refunds and disputes of recharges, as the buyer and the provider see them."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_beside(__file__)
