"""How many gifts a second the ledger commits, beside the usual way and the physical limit.

Everything of the real path is in: idempotency, paid and promo coins, lots, limits,
gift rows, fsync. The database stays in var/bench-ledger, so anybody can count.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys

import psycopg
import uvloop

from bench.ledger import baseline, copy, ours
from bench.ledger.ground import HOME, Ground, prepare, server
from bench.machine import flush_ms, machine
from largesse import ledger
from largesse.kernel.database import Database
from largesse.kernel.memory import calm_memory

ROUNDS = 3
SECONDS = 5


def main() -> None:
    """Run everything and print the table, the verdicts and the figures."""
    print("Preparing 20,000 senders and 1,000 creators ...", flush=True)
    ground = prepare()
    calm_memory()
    try:
        baseline.prepare(ground)
        print(machine())
        print(server(ground))
        print(f"flush of 8 kB: {flush_ms(HOME):.2f} ms\n", flush=True)
        figures = measure(ground)
    finally:
        ground.cluster.stop()
    show(figures)
    print("BENCH " + json.dumps({"name": "ledger", "figures": figures}))


def measure(ground: Ground) -> dict[str, float]:
    """Interleave ours and the baseline, so that both meet the same machine."""
    uvloop.run(ours.closed(ground.app, ours.any_creator, seconds=3))
    bytes_before, gifts_before = size(ground)
    uniform: list[ours.Run] = []
    hot: list[ours.Run] = []
    base_uniform: list[float] = []
    base_hot: list[float] = []
    for number in range(1, ROUNDS + 1):
        uniform.append(uvloop.run(ours.closed(ground.app, ours.any_creator, seconds=SECONDS)))
        base_uniform.append(baseline.run(ground, hot=False, seconds=SECONDS))
        hot.append(uvloop.run(ours.closed(ground.app, ours.one_creator, seconds=SECONDS)))
        base_hot.append(baseline.run(ground, hot=True, seconds=SECONDS))
        print(
            f"round {number}: ours {uniform[-1].per_second:,.0f} uniform, {hot[-1].per_second:,.0f} hot;"
            f" row locks {base_uniform[-1]:,.0f} uniform, {base_hot[-1]:,.0f} hot (gifts/s)",
            flush=True,
        )
    bytes_after, gifts_after = size(ground)
    middle = statistics.median([run.per_second for run in uniform])
    half = uvloop.run(ours.opened(ground.app, ours.any_creator, seconds=SECONDS, rate=middle / 2))
    batch = max(1, round(statistics.median([run.batch for run in uniform])))
    copied = copy.run(ground, batch=batch)
    check(ground, told=sum(run.count for run in [*uniform, *hot]), kept=gifts_after - gifts_before)
    return {
        "gifts_per_s_uniform": round(middle),
        "gifts_per_s_hot": round(statistics.median([run.per_second for run in hot])),
        "baseline_rowlock_gifts_per_s_uniform": round(statistics.median(base_uniform)),
        "baseline_rowlock_gifts_per_s_hot": round(statistics.median(base_hot)),
        "copy_gifts_per_s": round(copied),
        "p99_ms_uniform": round(statistics.median([run.percentile(99) for run in uniform]), 1),
        "p99_ms_hot": round(statistics.median([run.percentile(99) for run in hot]), 1),
        "p99_ms_half_load": round(half.percentile(99), 1),
        "bytes_per_gift": round((bytes_after - bytes_before) / (gifts_after - gifts_before)),
        "gifts_per_commit": batch,
        "flush_ms": flush_ms(HOME),
    }


def size(ground: Ground) -> tuple[int, int]:
    """Bytes of all tables that a gift writes, with their indexes, and the gifts in them."""
    with psycopg.connect(ground.owner) as connection:
        row = connection.execute(
            "select sum(pg_total_relation_size(t::regclass)), (select count(*) from sent_gift)"
            " from unnest(array['ledger.journal', 'ledger.purse', 'sent_gift']) t"
        ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])


def check(ground: Ground, *, told: int, kept: int) -> None:
    """A run counts only if every answered gift is there and the books are right."""
    if told != kept:
        sys.exit(f"{told} gifts were answered, but {kept} are in the books")

    async def prove() -> ledger.AuditReport:
        database = Database(ground.app, patient=True)
        await database.open()
        try:
            return await ledger.audit(database)
        finally:
            await database.close()

    report = asyncio.run(prove())
    if not report.ok:
        sys.exit(f"the audit found: {report.findings}")
    print(f"\naudit: {report.transfers:,} transfers of {report.journals:,} journals are right")


def show(figures: dict[str, float]) -> None:
    """The table, and each bar with what was reached."""
    f = figures
    print(f"\n{'':34}{'uniform':>10}{'hot':>10}")
    print(f"{'ours, gifts/s':34}{f['gifts_per_s_uniform']:>10,}{f['gifts_per_s_hot']:>10,}")
    print(f"{'ours, p99 ms (64 callers)':34}{f['p99_ms_uniform']:>10}{f['p99_ms_hot']:>10}")
    print(
        f"{'row locks on both sides, gifts/s':34}{f['baseline_rowlock_gifts_per_s_uniform']:>10,}"
        f"{f['baseline_rowlock_gifts_per_s_hot']:>10,}"
    )
    print(f"{'plain COPY, gifts/s':34}{f['copy_gifts_per_s']:>10,}\n")
    for name, reached, bar in (
        ("gifts/s", f["gifts_per_s_uniform"], 10_000),
        ("times the row locks, uniform", f["gifts_per_s_uniform"] / f["baseline_rowlock_gifts_per_s_uniform"], 10),
        ("times the row locks, hot", f["gifts_per_s_hot"] / f["baseline_rowlock_gifts_per_s_hot"], 40),
        ("hot / uniform", f["gifts_per_s_hot"] / f["gifts_per_s_uniform"], 0.9),
    ):  # fmt: skip
        print(
            f"{name:34}{reached:>10,.2f}   bar {bar:>8,}   {'reached' if reached >= bar else 'MISSED'}"
        )
    print()


if __name__ == "__main__":
    main()
