"""Schema changes as plain SQL, forward only, run by Alembic under the owner's role."""
