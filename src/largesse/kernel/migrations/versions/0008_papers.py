"""Terms, offers, coupons, receipts with gapless numbers, and mail."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_beside(__file__)
