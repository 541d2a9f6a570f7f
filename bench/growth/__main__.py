"""Does the ledger slow down as it fills? Gifts until there are 20 million transfers, jobs running.

Closed loop, 64 callers, gifts spread over 1,000 creators; the roll-up and the autovacuum run as
they do in production. BENCH_TRANSFERS names another end. The database stays in var/bench-growth.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass

import psycopg
import uvloop

from bench.ledger import ours
from bench.ledger.ground import ROOT, Ground, prepare, server
from bench.machine import flush_ms, machine
from largesse import ledger
from largesse.kernel.database import Database
from largesse.kernel.memory import calm_memory

TRANSFERS = int(os.environ.get("BENCH_TRANSFERS", "20000000"))
HOME = ROOT / "var" / "bench-growth"
STEP_SECONDS = 20
FOLD_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did, and what the tables were like after it."""

    gifts: int
    per_second: float
    p99_ms: float
    total: int
    gigabytes: float
    dead_purses: int
    vacuums: int


def main() -> None:
    """Fill the ledger step by step and print each."""
    ground = prepare(HOME)
    calm_memory()
    try:
        print(machine())
        print(server(ground))
        print(f"flush of 8 kB: {flush_ms(HOME):.2f} ms\n")
        print(
            f"{'transfers':>12}{'gifts/s':>10}{'p99 ms':>8}{'GB':>7}{'dead purse rows':>17}{'vacuums':>9}"
        )
        steps = uvloop.run(fill(ground))
    finally:
        ground.cluster.stop()
    # The first and last tenth, so that one noisy step decides nothing.
    tenth = max(1, len(steps) // 10)
    first, last = (
        sum(s.per_second for s in part) / tenth for part in (steps[:tenth], steps[-tenth:])
    )
    figures = {
        "gifts_per_s_empty": round(first),
        "gifts_per_s_full": round(last),
        "full_to_empty": round(last / first, 2),
        "transfers": steps[-1].total,
        "bytes_per_gift": round(steps[-1].gigabytes * 1e9 / sum(s.gifts for s in steps)),
        "purse_vacuums": steps[-1].vacuums,
    }
    print(
        f"\nfull / empty: {last / first:.2f}   bar 0.8   {'reached' if last >= 0.8 * first else 'MISSED'}"
    )
    print("BENCH " + json.dumps({"name": "growth", "figures": figures}))


async def fill(ground: Ground) -> list[Step]:
    """Run steps until there are enough transfers, the folding job beside them."""
    database = Database(ground.app, patient=True)
    await database.open()
    folding = asyncio.create_task(_fold_for_ever(database))
    steps: list[Step] = []
    try:
        while not steps or steps[-1].total < TRANSFERS:
            run = await ours.closed(ground.app, ours.any_creator, seconds=STEP_SECONDS)
            steps.append(_seen(ground, run))
            one = steps[-1]
            print(
                f"{one.total:>12,}{one.per_second:>10,.0f}{one.p99_ms:>8.1f}{one.gigabytes:>7.2f}"
                f"{one.dead_purses:>17,}{one.vacuums:>9}",
                flush=True,
            )
    finally:
        folding.cancel()
        await asyncio.gather(folding, return_exceptions=True)
        await database.close()
    return steps


async def _fold_for_ever(database: Database) -> None:
    while True:
        await ledger.roll_up(database)
        await asyncio.sleep(FOLD_SECONDS)


def _seen(ground: Ground, run: ours.Run) -> Step:
    with psycopg.connect(ground.owner) as connection:
        row = connection.execute(
            "select (select sum((promo > 0)::int + (paid > 0)::int + (diamonds > 0)::int) from ledger.journal),"
            " (select sum(pg_total_relation_size(t::regclass)) from unnest(array['ledger.journal', 'ledger.purse',"
            "   'ledger.received']) t),"
            " n_dead_tup, autovacuum_count from pg_stat_user_tables where relid = 'ledger.purse'::regclass"
        ).fetchone()
    assert row is not None
    total, size, dead, vacuums = row
    return Step(
        run.count,
        run.per_second,
        run.percentile(99),
        int(total),
        int(size) / 1e9,
        int(dead),
        int(vacuums),
    )


if __name__ == "__main__":
    main()
