"""Reading a balance that ten million entries made, while more keep coming.

Fresh books in a database of their own: one creator got every gift. The jobs work the
backlog off, as after an outage; then the balances of the creator, of a neighbour, of a
sink and of the money owed to creators are read, with and without twenty thousand gifts
above the horizon. Adding the entries up is the baseline. The data stays under
var/bench-balance.
"""

from __future__ import annotations

import os
import time

import msgspec
import psycopg
import uvloop
from rich.console import Console
from rich.table import Table

from bench.balance.ground import CREATOR, HOME, NEIGHBOUR, Ground, prepare
from bench.balance.jobs import work_off
from bench.balance.processor import Processor
from bench.machine import flush_ms, machine
from largesse import ledger
from largesse.ledger import COIN, DIAMOND, HOUSE

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "10000000"))
TAIL = 20_000
BATCH = 64
READS = 1_000
USD = 840

ACCOUNTS = {
    "creator": (ledger.account(CREATOR, 200), DIAMOND),
    "neighbour": (ledger.account(NEIGHBOUR, 200), DIAMOND),
    "sink": (ledger.account(HOUSE, 160), COIN),
    "payable": (ledger.account(HOUSE, 410), USD),
}
_READ = "select ledger.open_balance(%s, %s::smallint)"
_ADD_UP = """
select sum(case when credit = %(number)s then amount else -amount end) from ledger.transfers
where %(number)s in (debit, credit) and asset = %(asset)s
"""

console = Console()


def run() -> dict[str, float]:
    """One run on fresh books."""
    ground = prepare(ENTRIES, said=_say)
    try:
        figures: dict[str, float] = {"entries": ENTRIES, "tail": TAIL}
        figures |= uvloop.run(work_off(ground.app))
        figures |= _reads(ground, "without_tail")
        ground.give(TAIL, commit=BATCH, every=100)
        figures |= _reads(ground, "with_tail")
        figures["add_up_ms"] = _checked_ms(ground)
        figures["flush_ms"] = flush_ms(HOME)
        return figures
    finally:
        ground.cluster.stop()


def _reads(ground: Ground, when: str) -> dict[str, float]:
    """How long one balance takes, account by account."""
    figures = {}
    with psycopg.connect(ground.app, autocommit=True, options="-c jit=off") as connection:
        server = Processor(connection.info.backend_pid)
        for name, account in ACCOUNTS.items():
            took = []
            connection.execute(_READ, account)
            before = server.seconds()
            for _ in range(READS):
                begun = time.perf_counter()
                connection.execute(_READ, account)
                took.append((time.perf_counter() - begun) * 1000)
            took.sort()
            spent = (server.seconds() - before) * 1000
            figures[f"{name}_{when}_p50_ms"] = round(took[READS // 2], 2)
            figures[f"{name}_{when}_p99_ms"] = round(took[READS * 99 // 100], 2)
            # What the server computes, whatever else the machine is doing.
            figures[f"{name}_{when}_cpu_ms"] = round(spent / READS, 2)
    return figures


def _checked_ms(ground: Ground) -> float:
    """How long it takes to add the creator's entries up, and that it is the same."""
    number, asset = ACCOUNTS["creator"]
    options = "-c jit=off -c enable_memoize=off"
    with psycopg.connect(ground.app, autocommit=True, options=options) as connection:
        read = connection.execute(_READ, (number, asset)).fetchone()
        begun = time.perf_counter()
        added = connection.execute(_ADD_UP, {"number": number, "asset": asset}).fetchone()
        took = time.perf_counter() - begun
    if read is None or added is None or read[0] != added[0]:
        raise SystemExit(f"The balance says {read}, its entries say {added}.")
    return round(took * 1000)


def _say(line: str) -> None:
    console.print(line, style="dim")


def main() -> None:
    """Print the table, and the one line for machines."""
    figures = run()
    table = Table(title=f"Balances of accounts that nobody locks · {machine()}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}")
    console.print(table)
    print("BENCH " + msgspec.json.encode({"name": "balance", "figures": figures}).decode())


if __name__ == "__main__":
    main()
