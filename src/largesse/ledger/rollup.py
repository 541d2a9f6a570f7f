"""Keep the balances of unguarded accounts short to read: snapshots up to a horizon.

Journals are numbered before they commit, so a small number may appear after a
larger one. The horizon passes a number only when every transaction that could
still own a smaller one has ended: we note the newest number, then begin a transaction,
and fold up to that number once all transactions older than that one are over.
Nobody is locked out, nobody is notified; one sweeper folds and others skip.
"""

from __future__ import annotations

from largesse.kernel.database import Connection, Database
from largesse.ledger import rollup_store
from largesse.ledger.chart import CHART, Guard

OPEN_CODES = [line.code for line in CHART if line.guard is Guard.OPEN]

# One transaction folds so many numbers: about a second of work, in little memory.
NUMBERS_A_STEP = 200_000
# A run works a backlog off by so much at the most, and leaves the rest to the next one.
STEPS_A_RUN = 20


async def roll_up(
    database: Database, *, numbers: int = NUMBERS_A_STEP, steps: int = STEPS_A_RUN
) -> int:
    """Fold settled journals into the snapshots; returns how many numbers the horizon moved.

    Each step is a transaction of its own. A worker that meets another one at it
    leaves it to the other.
    """
    moved, chased = 0, False
    # Block ranges that nobody has summed up yet are read whole, by every step.
    if await _behind(database) > numbers:
        await _summarize(database)
    for _ in range(steps):
        async with database.work() as connection:
            step = await _step(connection, numbers)
        moved += step
        if step == numbers:
            continue
        # What has just been noted can be folded at once if its writers have already ended.
        if chased:
            break
        chased = True
    if moved:
        await _summarize(database)
    return moved


async def _behind(database: Database) -> int:
    async with database.read() as connection:
        return await rollup_store.behind(connection)


async def _summarize(database: Database) -> None:
    async with database.work() as connection:
        await rollup_store.summarize(connection)


async def _step(connection: Connection, numbers: int) -> int:
    newest = await rollup_store.newest_number(connection)
    horizon = await rollup_store.locked_horizon(connection)
    if horizon is None:
        return 0
    upto = min(horizon.next, horizon.folded + numbers) if horizon.is_settled else horizon.folded
    if upto > horizon.folded:
        await rollup_store.fold(connection, after=horizon.folded, upto=upto, codes=OPEN_CODES)
    await rollup_store.note_candidate(connection, number=newest)
    return upto - horizon.folded
