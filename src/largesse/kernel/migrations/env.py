"""Alembic's entry: one connection, every revision in a transaction with timeouts."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from largesse.kernel.migrations.plain import HURRIED

# Any number will do, as long as it is always the same.
ONE_AT_A_TIME = 8400

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.exec_driver_sql(HURRIED)
    connection.exec_driver_sql(f"select pg_advisory_lock({ONE_AT_A_TIME})")
    connection.commit()
    context.configure(
        connection=connection,
        transaction_per_migration=True,
        version_table=context.config.attributes["version_table"],
    )
    with context.begin_transaction():
        context.run_migrations()
