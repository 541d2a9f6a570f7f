"""Keep the balances of unguarded accounts short to read: snapshots up to a horizon.

Journals are numbered before they commit, so a small number may appear after a
larger one. The horizon passes a number only when every transaction that could
still own a smaller one has ended: we note the newest number and the newest
transaction now, and fold up to that number once all older transactions are over.
Nobody is locked out, nobody is notified; one sweeper folds and others skip.
"""

from __future__ import annotations

from largesse.kernel.database import Connection, Database
from largesse.ledger import rollup_store
from largesse.ledger.chart import CHART, Guard

OPEN_CODES = [line.code for line in CHART if line.guard is Guard.OPEN]


async def roll_up(database: Database) -> int:
    """Fold settled journals into the snapshots; returns how many numbers the horizon moved."""
    async with database.work() as connection:
        moved = await _fold(connection)
        await rollup_store.note_candidate(connection)
    if moved:
        async with database.work() as connection:
            await rollup_store.summarize(connection)
    return moved


async def _fold(connection: Connection) -> int:
    horizon = await rollup_store.settled_horizon(connection)
    if horizon is None or horizon.next <= horizon.folded:
        return 0
    await rollup_store.fold(connection, after=horizon.folded, upto=horizon.next, codes=OPEN_CODES)
    return horizon.next - horizon.folded
