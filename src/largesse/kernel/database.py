"""The connection pool and `work()`, the only place that commits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from largesse.kernel.errors import RequestInProgress, Unavailable

Connection = psycopg.AsyncConnection[Any]

# A person waits at most this long for a connection before hearing "try again" (503).
WAIT_SECONDS_MAX = 1.5

# The settings every connection of ours starts with. A lost client must not hold
# a purse, and a statement that hangs must not hold a room.
_SESSION = "-c timezone=UTC -c lock_timeout=2s -c statement_timeout=20s -c jit=off"


class Database:
    """A pool of connections under the application's role.

    Errors: a database that is gone, or too busy to hand out a connection within
    a second and a half, becomes `Unavailable`; a lock that another request with
    the same purpose holds for two seconds becomes `RequestInProgress`.
    """

    def __init__(self, url: str, *, connections_max: int = 10) -> None:
        self.url = url
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            kwargs={"options": _SESSION, "connect_timeout": 2},
            min_size=1,
            max_size=connections_max,
            timeout=WAIT_SECONDS_MAX,
            max_lifetime=1800,
            # After an outage the pool tries again at least every second, for ever.
            reconnect_timeout=1,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )

    async def open(self) -> None:
        """Start filling the pool; a database that is still down is met at the first use."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Give all connections back to the server."""
        await self._pool.close(timeout=2)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Connection]:
        """One transaction: committed when the block ends well, undone when it raises."""
        async with self._borrowed() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A connection for looking only: every statement stands alone and writes are refused."""
        async with self._borrowed() as connection:
            await connection.set_autocommit(True)
            try:
                await connection.execute("set default_transaction_read_only = on")
                yield connection
            finally:
                if not connection.closed:
                    await connection.execute("set default_transaction_read_only = off")
                    await connection.set_autocommit(False)

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Connection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure) as error:
            raise RequestInProgress from error
        except (PoolTimeout, psycopg.OperationalError, pg.InterfaceError) as error:
            raise Unavailable from error
