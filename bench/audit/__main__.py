"""How fast one processor seals the books and proves them, and how much memory that takes.

The books are made by the real write path. Then everything is sealed and audited by a
fresh process that shares one processor with its backend, so that what is printed is
the work of both. Rates are by processor time, which neighbours on a busy machine
change least; the best run's rate by the clock stands beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import psycopg
import uvloop

from bench.ledger import ours
from bench.ledger.ground import HOME, Ground, prepare, server
from bench.machine import flush_ms, machine
from largesse import ledger
from largesse.kernel.database import Database

GIFTS = int(os.environ.get("BENCH_GIFTS", "400000"))
ROUNDS = 3
BAR = 300_000


def main() -> None:
    """Make the books, seal and audit them, and print the table and the figures."""
    print(f"Making books of {GIFTS:,} gifts ...", flush=True)
    ground = prepare()
    try:
        print(machine())
        print(server(ground))
        print(f"flush of 8 kB: {flush_ms(HOME):.2f} ms\n", flush=True)
        figures = measure(ground)
    finally:
        ground.cluster.stop()
    show(figures)
    print("BENCH " + json.dumps({"name": "audit", "figures": figures}))


def measure(ground: Ground) -> dict[str, float]:
    """Seal the recharges, then fill, seal the gifts, and audit a few times and take the middle one."""
    uvloop.run(fold(ground.app))
    proved(ground, "seal")
    before = sealed(ground)
    gifts = 0
    while gifts < GIFTS:
        gifts += uvloop.run(ours.closed(ground.app, ours.any_creator, seconds=10)).count
    uvloop.run(fold(ground.app))
    with psycopg.connect(ground.owner, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    seal = proved(ground, "seal")
    after = sealed(ground)
    runs = [proved(ground, "audit") for _ in range(ROUNDS)]
    run = sorted(runs, key=lambda one: one["cpu_seconds"])[ROUNDS // 2]
    return {
        "transfers_per_cpu_s": round(run["transfers"] / run["cpu_seconds"]),
        "transfers_per_s_pinned": round(max(one["transfers"] / one["seconds"] for one in runs)),
        "gifts_sealed_per_cpu_s": round((after.journals - before.journals) / seal["cpu_seconds"]),
        "journals": run["journals"],
        "transfers": run["transfers"],
        "seal_bytes_per_gift": round(
            (after.size - before.size) / (after.journals - before.journals), 1
        ),
        "python_mib_max": round(run["own_mib_max"], 1),
        "backend_private_mib_max": round(run["backend_mib_max"], 1),
    }


@dataclass(frozen=True, slots=True)
class Sealed:
    """How many journals are sealed, and what the chain takes on disk."""

    journals: int
    size: int


def sealed(ground: Ground) -> Sealed:
    """What the chain is now."""
    with psycopg.connect(ground.owner) as connection:
        row = connection.execute(
            "select coalesce(sum(journals), 0), pg_total_relation_size('ledger.seal') from ledger.seal"
        ).fetchone()
        assert row is not None
        return Sealed(int(row[0]), int(row[1]))


async def fold(url: str) -> None:
    """Move the horizon over everything."""
    database = Database(url, patient=True)
    await database.open()
    for _ in range(2):
        await ledger.roll_up(database)
    await database.close()


def proved(ground: Ground, what: str) -> dict[str, float]:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "bench.audit.prove", ground.app, what]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(answer.stdout)
    print(
        f"{what:6} {found['seconds']:6.2f} s on the clock, {found['cpu_seconds']:6.2f} s of processor,"
        f" load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return found


def show(figures: dict[str, float]) -> None:
    """Each figure, and the bar."""
    print()
    for name, value in figures.items():
        print(f"{name:34}{value:>14,}")
    reached = figures["transfers_per_cpu_s"]
    verdict = "reached" if reached >= BAR else "MISSED"
    print(f"\ntransfers audited a second of one processor: {reached:,}, bar {BAR:,}: {verdict}\n")


if __name__ == "__main__":
    main()
