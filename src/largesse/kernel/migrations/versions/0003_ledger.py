"""The ledger: purses, lots, journals, holds, and the function that posts a batch."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_beside(__file__)
