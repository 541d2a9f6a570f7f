"""Bring a database to the newest schema, or say how far it is."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from largesse.kernel.database import Connection

HOME = Path(__file__).parent


def migrate(url: str) -> None:
    """Apply every revision that this database does not have yet; `url` is the owner's."""
    command.upgrade(_config(url), "head")


def newest() -> str:
    """The revision that this code needs."""
    head = ScriptDirectory.from_config(_config("")).get_current_head()
    assert head is not None
    return head


async def applied(connection: Connection) -> str | None:
    """The revision that this database has; None for one that was never migrated."""
    rows = await connection.execute("select version_num from alembic_version")
    found = await rows.fetchone()
    return None if found is None else str(found[0])


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HOME))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return config
