"""Is it alive, is it ready, and how is it doing."""

from __future__ import annotations

import msgspec
from litestar import MediaType, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from largesse.kernel.database import Database
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.kernel.migrations.standing import applied, newest


class Health(msgspec.Struct, frozen=True):
    status: str


class Readiness(msgspec.Struct, frozen=True):
    status: str
    database: str
    bus: str
    migrations: str


@get("/healthz", tags=["operating"])
async def healthz() -> Health:
    """The process answers."""
    return Health("ok")


@get("/readyz", tags=["operating"])
async def readyz(database: Database) -> Readiness:
    """Everything that a gift needs is there; 503 otherwise."""
    try:
        async with database.read() as connection:
            found = await applied(connection)
    except LargesseError as error:
        raise Unavailable("The database does not answer.") from error
    # A newer schema is fine: its first half is applied while the version before it still serves.
    if found is None or found < (newest() or ""):
        raise Unavailable("The database has an older schema than this version needs.")
    return Readiness("ready", database="ok", bus="in-process", migrations=found)


@get("/metrics", media_type=MediaType.TEXT, include_in_schema=False)
async def metrics() -> Response[bytes]:
    """Prometheus' view of this process."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


routes = [healthz, readyz, metrics]
