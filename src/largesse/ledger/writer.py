"""One connection that commits batches, and finds its way back after losing it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import errors as pg

from largesse.kernel.database import Connection
from largesse.ledger import store
from largesse.ledger.batch_store import Outcome, outcomes, post
from largesse.ledger.chart import Kind
from largesse.ledger.model import Spend, Spent


@dataclass(frozen=True, slots=True)
class Filed:
    """An act of a batch for the feature that adds its rows: where its journal is, and the payload.

    Whether it was accepted is not known yet when the feature's statement is sent. The
    statement looks for the journal by (account, key) and adds nothing unless it has
    this id: then the act was new, in this batch or in an attempt whose answer was lost.
    """

    account: int
    key: str
    id: UUID
    row: object


WriteBatch = Callable[[Connection, Sequence[Filed]], Awaitable[None]]
"""Sends a feature's own statements for a batch, in its transaction, without reading answers."""

_RETRY_PAUSE_SECONDS = 0.05
_SESSION = "-c timezone=UTC -c lock_timeout=300ms -c statement_timeout=15s -c jit=off"
# A server that has vanished without a word is noticed after five seconds, not after hours.
_ALIVE: dict[str, Any] = {"keepalives_idle": 5, "keepalives_interval": 2, "tcp_user_timeout": 5000}


@dataclass(eq=False, slots=True)
class Waiting:
    """A spend, the digest of its key, and whoever waits for the outcome."""

    spend: Spend
    key: str
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

    def __init__(
        self,
        url: str,
        write_batch: Mapping[Kind, WriteBatch],
        *,
        aside: Callable[[list[Waiting]], None],
    ) -> None:
        self._url = url
        self._write_batch = write_batch
        self._aside = aside
        self._connection: Connection | None = None

    async def close(self) -> None:
        """Give the connection back to the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def commit(self, batch: list[Waiting]) -> None:
        """Settle every act of the batch: with its outcome, or with why there is none.

        An act that breaks the transaction must not fail its neighbours, so such a
        batch is halved until the act stands alone. Everything that passes by
        itself is tried again for as long as somebody waits for the answer.
        """
        while batch:
            try:
                answers = await self._commit_once(batch)
            except pg.LockNotAvailable:
                batch = await self._without_locked(batch)
                continue
            except (pg.SerializationFailure, pg.DeadlockDetected):
                await self._undo()
            except (psycopg.OperationalError, pg.InterfaceError):
                # Whether it committed is not known; posting the same keys again finds out.
                await self.close()
                await asyncio.sleep(_RETRY_PAUSE_SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one act
                await self._undo()
                if len(batch) == 1:
                    return batch[0].settle(error)
                await self.commit(batch[: len(batch) // 2])
                batch = batch[len(batch) // 2 :]
            else:
                for waiting, outcome in zip(batch, answers, strict=True):
                    waiting.settle(outcome)
                return None
            batch = [waiting for waiting in batch if not waiting.answer.done()]
        return None

    async def _commit_once(self, batch: list[Waiting]) -> list[Outcome]:
        connection = await self._connected()
        spends = [waiting.spend for waiting in batch]
        async with connection.pipeline():
            # Everything is sent before anything is read: a batch is one round trip.
            posted = await post(connection, spends, [waiting.key for waiting in batch])
            for kind, rows in _by_kind(batch).items():
                if kind in self._write_batch:
                    await self._write_batch[kind](connection, rows)
            await connection.commit()
        return await outcomes(posted, spends)

    async def _without_locked(self, batch: list[Waiting]) -> list[Waiting]:
        """Set the acts aside whose purse is locked; a lone one keeps waiting here."""
        await self._undo()
        if len({waiting.spend.account for waiting in batch}) == 1:
            return [waiting for waiting in batch if not waiting.answer.done()]
        connection = await self._connected()
        free = await store.unlocked_purses(
            connection, accounts=[waiting.spend.account for waiting in batch]
        )
        await self._undo()
        locked = [waiting for waiting in batch if waiting.spend.account not in free]
        if locked:
            self._aside(locked)
        return [waiting for waiting in batch if waiting.spend.account in free]

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url,
                options=_SESSION,
                connect_timeout=2,
                application_name="largesse-ledger",
                **_ALIVE,
            )
        return self._connection

    async def _undo(self) -> None:
        try:
            if self._connection is not None:
                await self._connection.rollback()
        except psycopg.Error:
            await self.close()


def _by_kind(batch: Sequence[Waiting]) -> dict[Kind, list[Filed]]:
    filed: dict[Kind, list[Filed]] = {}
    for waiting in batch:
        spend = waiting.spend
        row = Filed(spend.account, waiting.key, spend.id, spend.row)
        filed.setdefault(spend.kind, []).append(row)
    return filed
