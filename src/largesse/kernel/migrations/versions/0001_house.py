"""The house: the application's rights, idempotency, and the job queue's tables."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

from largesse.kernel.migrations.plain import run_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_beside(__file__)
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SchemaManager.get_schema())
