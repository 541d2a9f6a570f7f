"""One connection that commits batches, and finds its way back after losing it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors as pg

from largesse.kernel.columns import understand_columns
from largesse.kernel.database import Connection
from largesse.ledger import store
from largesse.ledger.batch_store import SESSION, Outcome, post
from largesse.ledger.model import Spend, Spent

_RETRY_PAUSE_SECONDS = 0.05
_SESSION = f"-c timezone=UTC -c lock_timeout=300ms -c statement_timeout=15s {SESSION}"
# A server that has vanished without a word is noticed after five seconds, not after hours.
_ALIVE: dict[str, Any] = {"keepalives_idle": 5, "keepalives_interval": 2, "tcp_user_timeout": 5000}


@dataclass(eq=False, slots=True)
class Waiting:
    """A spend, the digest of its key, and whoever waits for the outcome."""

    spend: Spend
    key: bytes
    answer: asyncio.Future[Spent]
    deadline: float

    def settle(self, outcome: Spent | Exception) -> None:
        """Give the outcome to the caller, unless the caller has gone away."""
        if self.answer.done():
            return
        if isinstance(outcome, Spent):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)


class Writer:
    """Commits batches of waiting spends, one transaction each.

    `aside` takes the acts whose purse somebody else has locked, so that they do
    not keep their neighbours waiting.
    """

    def __init__(self, url: str, *, aside: Callable[[list[Waiting]], None]) -> None:
        self._url = url
        self._aside = aside
        self._connection: Connection | None = None

    async def close(self) -> None:
        """Give the connection back to the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def commit(self, batch: list[Waiting], *, careful: bool = False) -> None:
        """Settle every act of the batch: with its outcome, or with why there is none.

        Most acts are decided by set; those that need a second look are posted with
        care, as a batch is where a purse has several acts: by set, each of them would take
        the same coins. An act that breaks the transaction must not fail its neighbours, so
        such a batch is halved until the act stands alone. Everything that passes by itself
        is tried again for as long as somebody waits for the answer.
        """
        careful = careful or len({waiting.spend.account for waiting in batch}) < len(batch)
        while batch:
            try:
                answers = await self._commit_once(batch, careful=careful)
            except pg.LockNotAvailable:
                batch = await self._without_locked(batch)
                continue
            except pg.UniqueViolation:
                # Another writer was just committing one of these keys.
                careful = True
            except (pg.SerializationFailure, pg.DeadlockDetected):
                pass
            except (psycopg.OperationalError, pg.InterfaceError, pg.ReadOnlySqlTransaction):
                # A server that has become somebody's replica takes no gift; another one may. Whether it committed is not known; posting the same keys again finds out.
                await self.close()
                await asyncio.sleep(_RETRY_PAUSE_SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one act
                if len(batch) == 1:
                    return batch[0].settle(error)
                await self.commit(batch[: len(batch) // 2], careful=careful)
                batch = batch[len(batch) // 2 :]
            else:
                careful = True
                for waiting, outcome in zip(batch, answers, strict=True):
                    if outcome is not None:
                        waiting.settle(outcome)
            batch = [waiting for waiting in batch if not waiting.answer.done()]
        return None

    async def _commit_once(self, batch: list[Waiting], *, careful: bool) -> list[Outcome]:
        # One statement, which commits by itself: a batch is one round trip.
        return await post(
            await self._connected(),
            [waiting.spend for waiting in batch],
            [waiting.key for waiting in batch],
            careful=careful,
        )

    async def _without_locked(self, batch: list[Waiting]) -> list[Waiting]:
        """Set the acts aside whose purse is locked; a lone one keeps waiting here."""
        if len({waiting.spend.account for waiting in batch}) == 1:
            return [waiting for waiting in batch if not waiting.answer.done()]
        connection = await self._connected()
        free = await store.unlocked_purses(
            connection, accounts=[waiting.spend.account for waiting in batch]
        )
        locked = [waiting for waiting in batch if waiting.spend.account not in free]
        if locked:
            self._aside(locked)
        return [waiting for waiting in batch if waiting.spend.account in free]

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url,
                autocommit=True,
                options=_SESSION,
                connect_timeout=2,
                application_name="largesse-ledger",
                **_ALIVE,
            )
            understand_columns(self._connection)
        return self._connection
