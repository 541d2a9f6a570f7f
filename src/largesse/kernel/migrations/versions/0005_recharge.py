"""Recharge: price lists, orders with their timeline, the inbox of notices, and suspense."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_beside(__file__)
