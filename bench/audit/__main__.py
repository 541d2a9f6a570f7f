"""How fast one processor seals the books and proves them, and how much memory that takes.

The books are made by the real write path. Then everything is sealed and audited by a
fresh process that shares one processor with its backend, so that what is printed is
the work of both. Rates are by processor time, which neighbours on a busy machine
change least; the time on the clock stands beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import psycopg
import uvloop

from bench.ledger import ours
from bench.ledger.ground import HOME, Ground, prepare, server
from bench.machine import flush_ms, machine
from largesse import ledger
from largesse.kernel.database import Database

SECONDS = int(os.environ.get("BENCH_SECONDS", "60"))
ROUNDS = 3
BAR = 300_000


def main() -> None:
    """Make the books, seal and audit them, and print the table and the figures."""
    print(f"Making books for {SECONDS} s ...", flush=True)
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
    """Fill, fold, seal once, audit a few times and take the middle one."""
    for _ in range(max(1, SECONDS // 10)):
        uvloop.run(ours.closed(ground.app, ours.any_creator, seconds=min(10, SECONDS)))
    uvloop.run(fold(ground.app))
    with psycopg.connect(ground.owner, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    sealed = proved(ground, "seal")
    runs = sorted(
        (proved(ground, "audit") for _ in range(ROUNDS)), key=lambda run: run["cpu_seconds"]
    )
    run = runs[ROUNDS // 2]
    journals, transfers = run["journals"], run["transfers"]
    return {
        "transfers_per_cpu_s": round(transfers / run["cpu_seconds"]),
        "transfers_per_s_pinned": round(transfers / run["seconds"]),
        "journals_sealed_per_cpu_s": round((journals - run["unsealed"]) / sealed["cpu_seconds"]),
        "journals": journals,
        "transfers": transfers,
        "blocks": sealed["blocks"],
        "seal_bytes_per_journal": round(seal_bytes(ground) / (journals - run["unsealed"]), 1),
        "python_mib_max": round(run["own_mib_max"], 1),
        "backend_private_mib_max": round(run["backend_mib_max"], 1),
    }


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


def seal_bytes(ground: Ground) -> int:
    """What the chain takes on disk."""
    with psycopg.connect(ground.owner) as connection:
        row = connection.execute("select pg_total_relation_size('ledger.seal')").fetchone()
        assert row is not None
        return int(row[0])


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
