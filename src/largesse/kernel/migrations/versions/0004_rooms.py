"""Rooms: live rooms, their chat, and who owns each one's stream of events."""

from __future__ import annotations

from largesse.kernel.migrations.plain import run_beside

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_beside(__file__)
