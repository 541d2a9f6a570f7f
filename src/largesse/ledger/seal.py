"""Seal what has settled: chain blocks of journals, so that no row can change unnoticed.

A chain over single journals would put all writers in one line; blocks are made
behind them. Only numbers up to the horizon are sealed: those are final (see `rollup`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from largesse.kernel.database import Connection, Database
from largesse.ledger import seal_store
from largesse.ledger.chain import Seal, sealed

BLOCK_NUMBERS = 8192
BLOCKS_A_RUN = 32
# A block that is not full waits for more; a quiet house does not pay a row for every gift.
PATIENCE = timedelta(seconds=50)


async def seal(
    database: Database,
    *,
    at: datetime,
    blocks_max: int = BLOCKS_A_RUN,
    numbers_max: int = BLOCK_NUMBERS,
) -> int:
    """Append blocks of so many journal numbers to the chain, one transaction each; returns how many.

    Safe on many workers: one seals, the others skip. Writers are never waited for.
    """
    for made in range(blocks_max):
        async with database.work() as connection:
            if await _seal_next(connection, at=at, numbers_max=numbers_max) is None:
                return made
    return blocks_max


async def _seal_next(connection: Connection, *, at: datetime, numbers_max: int) -> Seal | None:
    if not await seal_store.take_turn(connection):
        return None
    newest = await seal_store.newest_seal(connection)
    first = 1 if newest is None else newest.seq_to + 1
    last = min(await seal_store.settled(connection), first + numbers_max - 1)
    full = last == first + numbers_max - 1
    if last < first or not (full or newest is None or at - newest.at >= PATIENCE):
        return None
    await seal_store.begin(connection)
    columns = await seal_store.columns(connection)
    contents, journals = await seal_store.contents(
        connection, first=first, last=last, of=columns, widths=columns.widths
    )
    made = sealed(contents, after=newest, widths=columns.widths, at=at)
    await seal_store.add_seal(connection, made, journals=journals)
    return made
