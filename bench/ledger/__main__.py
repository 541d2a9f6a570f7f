"""How many gifts a second the ledger commits, beside the usual ways and the physical limit.

Everything of the real path is in: idempotency, paid and promo coins, lots, holds, limits of day,
week and month, the room's outbox, fsync. The database stays in var/bench-ledger, so anybody can
count, and the curves are drawn into var/bench-ledger/ledger.png.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import defaultdict

import psycopg
import uvloop

from bench.ledger import baseline, copy, ours
from bench.ledger.ground import HOME, Ground, prepare, server
from bench.ledger.shown import draw, show
from bench.machine import flush_ms, machine
from largesse import ledger
from largesse.kernel.database import Database
from largesse.kernel.memory import calm_memory

ROUNDS = 3
SECONDS = 5
BASE_SECONDS = 4
BROKE_CALLERS = 13


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
    draw(figures, HOME / "ledger.png")
    print("BENCH " + json.dumps({"name": "ledger", "figures": figures}))


def measure(ground: Ground) -> dict[str, float]:
    """Interleave ours and the baselines, so that all meet the same machine."""
    uvloop.run(ours.closed(ground.app, ours.any_creator, seconds=3))
    bytes_before, gifts_before = size(ground)
    runs: dict[str, list[ours.Run]] = defaultdict(list)
    base: dict[str, list[float]] = defaultdict(list)
    for number in range(1, ROUNDS + 1):
        for load, choose in ours.LOADS.items():
            runs[load].append(uvloop.run(ours.closed(ground.app, choose, seconds=SECONDS)))
            for way in baseline.WAYS:
                rate = baseline.run(ground, way=way, load=load, seconds=BASE_SECONDS)
                base[f"{way}_{load}"].append(rate)
            print(
                f"round {number}, {load}: ours {runs[load][-1].per_second:,.0f}, row locks"
                f" {base[f'rowlock_{load}'][-1]:,.0f}, atomic update {base[f'update_{load}'][-1]:,.0f}",
                flush=True,
            )
    bytes_after, gifts_after = size(ground)
    told = sum(run.count for load in runs.values() for run in load)
    if told != gifts_after - gifts_before:
        sys.exit(f"{told} gifts were answered, {gifts_after - gifts_before} are in the books")
    figures: dict[str, float] = {}
    for load, done in runs.items():
        figures[f"gifts_per_s_{load}"] = round(middle([run.per_second for run in done]))
        figures[f"p99_ms_{load}"] = round(middle([run.percentile(99) for run in done]), 1)
    for name, rates in base.items():
        way, _, load = name.partition("_")
        figures[f"baseline_{way}_gifts_per_s_{load}"] = round(middle(rates))
    figures["gifts_per_commit"] = round(middle([run.batch for run in runs["uniform"]]))
    figures["copy_gifts_per_s"] = round(copy.run(ground, batch=int(figures["gifts_per_commit"])))
    for name, share in (("half", 0.5), ("eighty", 0.8)):
        rate = figures["gifts_per_s_uniform"] * share
        run = uvloop.run(ours.opened(ground.app, ours.any_creator, seconds=SECONDS, rate=rate))
        figures[f"p50_ms_{name}_load"] = round(run.percentile(50), 1)
        figures[f"p99_ms_{name}_load"] = round(run.percentile(99), 1)
    figures["broke_cost_percent"] = round(broke_cost(ground), 1)
    figures["bytes_per_gift"] = round((bytes_after - bytes_before) / told)
    figures["folded_per_s"] = round(fold(ground))
    figures["flush_ms"] = flush_ms(HOME)
    check(ground)
    return figures


def middle(values: list[float]) -> float:
    """The median of the rounds."""
    return statistics.median(values)


def broke_cost(ground: Ground) -> float:
    """What each caller with coins loses, in percent, when a fifth of all callers have none."""
    losses = []
    for _ in range(ROUNDS):
        rich, mixed = (
            uvloop.run(
                ours.closed(
                    ground.app,
                    ours.any_creator,
                    seconds=3,
                    callers=ours.CALLERS - broke,
                    broke=broke,
                )
            )
            for broke in (0, BROKE_CALLERS)
        )
        each = rich.per_second / ours.CALLERS
        losses.append(100 * (1 - mixed.per_second / (ours.CALLERS - BROKE_CALLERS) / each))
    return middle(losses)


def size(ground: Ground) -> tuple[int, int]:
    """Bytes of all tables that a gift writes, with their indexes, and the gifts in them."""
    with psycopg.connect(ground.owner) as connection:
        row = connection.execute(
            "select sum(pg_total_relation_size(t::regclass)), (select count(*) from sent_gift)"
            " from unnest(array['ledger.journal', 'ledger.purse', 'ledger.received']) t"
        ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])


def fold(ground: Ground) -> float:
    """Gifts a second that the job folds which keeps tails short, behind all the runs above."""

    async def work_off() -> float:
        database = Database(ground.app, patient=True)
        await database.open()
        begun = time.perf_counter()
        moved = 0
        try:
            # The first call only notes how far it may go.
            while (step := await ledger.roll_up(database)) or not moved:
                moved += step
        finally:
            await database.close()
        return moved / (time.perf_counter() - begun)

    return uvloop.run(work_off())


def check(ground: Ground) -> None:
    """A run counts only if the books are right."""

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


if __name__ == "__main__":
    main()
