"""The connection pool and `work()`, the only place that commits."""

from __future__ import annotations

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.abc import RV, PQGen
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from largesse.kernel.errors import RequestInProgress, Unavailable

Connection = psycopg.AsyncConnection[Any]

# A person hears "try again" (503) within two seconds, whatever the database is doing:
# so long at the most to get a connection, and so long for one statement's answer.
WAIT_SECONDS_MAX = 1.5
ANSWER_SECONDS_MAX = 1.8

# The settings every connection of ours starts with. A lost client must not hold
# a purse, and a statement that hangs must not hold a room.
_SESSION = "-c timezone=UTC -c lock_timeout=1500ms -c jit=off"
_HASTY = f"{_SESSION} -c statement_timeout=10s"


class _ImpatientConnection(psycopg.AsyncConnection[Any]):
    """A connection that gives a server up that has fallen silent."""

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return await super().wait(gen, interval, timeout or ANSWER_SECONDS_MAX)
        except psycopg.OperationalError as error:
            # Without a state the server said nothing: what it does is unknown, and the
            # roll-back of this transaction must not wait for it a second time.
            if error.sqlstate is None:
                self.pgconn.finish()
            raise


class Database:
    """A pool of connections under the application's role.

    Errors: a database that is gone, silent, or too busy to hand out a connection
    becomes `Unavailable` within two seconds; a lock that another request with the
    same purpose holds for longer becomes `RequestInProgress`. A `patient` one, for
    sweepers and audits, waits for long statements.
    """

    def __init__(self, url: str, *, connections_max: int = 10, patient: bool = False) -> None:
        self.url = url
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            connection_class=psycopg.AsyncConnection if patient else _ImpatientConnection,
            kwargs={"options": _SESSION if patient else _HASTY, "connect_timeout": 2},
            min_size=1,
            max_size=connections_max,
            timeout=WAIT_SECONDS_MAX,
            max_lifetime=1800,
            # After an outage the pool tries again at least every second, for ever.
            reconnect_timeout=1,
            check=_require_open,
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
        async with self._borrowed() as connection:
            try:
                async with connection.transaction():
                    yield connection
            except pg.ReadOnlySqlTransaction as error:
                # After a failover this is the old primary: another connection finds the new one.
                await connection.close()
                raise Unavailable from error

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


async def _require_open(connection: Connection) -> None:
    """Refuse a connection whose server has gone: its end of the socket reads as closed.

    An idle connection has nothing to read, so one look is enough, without a round trip.
    """
    readable, _, _ = select.select([connection.fileno()], [], [], 0)
    if readable:
        await connection.close()
        raise psycopg.OperationalError("the server closed this connection")
