"""Alembic's entry: one connection, every revision in a transaction with timeouts.

A migration that cannot get its lock within four seconds gives up instead of
stopping the site behind it; it can simply be run again.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.exec_driver_sql("set lock_timeout = '4s'; set statement_timeout = '60s'")
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
