"""The whole path of a gift: a hundred people send over the room socket, one more watches.

The real application serves from its own process on a fresh durable database: every
gift is committed before its answer, and counts only if the watcher saw it too. The
senders share the machine's cores with it. The database stays under var/bench-gifts.
"""

from __future__ import annotations

import asyncio
import os
import time

import msgspec
import psycopg
import uvloop
from rich.console import Console
from rich.table import Table

from bench.gifts.people import Sender, Watcher, at_rank
from bench.house import House, Someone, load
from bench.machine import flush_ms, machine

SENDERS = int(os.environ.get("BENCH_SENDERS", "100"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "15"))
WARM_SECONDS = 3
COINS = 1_000_000

console = Console()


def run() -> dict[str, float]:
    """One run on a fresh house."""
    return uvloop.run(_run(House("gifts")))


async def _run(house: House) -> dict[str, float]:
    """Fill a room, let everybody send as fast as they are answered, and count."""
    try:
        await house.ready()
        console.print(load(), style="dim")
        room = await house.room(await house.person("oto"))
        people = [await house.person(f"sender{number}") for number in range(SENDERS)]
        await house.give_coins(people, COINS)
        url, token = await house.guest()
        watcher = await Watcher.connect(url, token, room=room)
        senders = await _connected(people, url, room)
        cpu = house.cpu_seconds()
        figures = await _measured(senders, watcher)
        spent = house.cpu_seconds() - cpu
        figures["app_cpu_us_per_gift"] = round(spent * 1_000_000 / figures["gifts_sent"], 1)
        figures["server_memory_mb"] = house.memory_bytes() // 2**20
        figures["flush_ms"] = flush_ms(house.home)
        figures["gifts_in_books"] = _in_books(house.cluster.urls("largesse").app)
        return figures
    finally:
        await house.close()


async def _connected(people: list[Someone], url: str, room: str) -> list[Sender]:
    return [await Sender.connect(url, person.socket, room=room) for person in people]


async def _measured(senders: list[Sender], watcher: Watcher) -> dict[str, float]:
    await asyncio.gather(*(sender.send_for(WARM_SECONDS) for sender in senders))
    warm = sum(len(sender.answered_ms) for sender in senders)
    await watcher.until(warm, seconds=10)
    watcher.forget()
    for sender in senders:
        sender.forget()
    begun = time.perf_counter()
    await asyncio.gather(*(sender.send_for(SECONDS) for sender in senders))
    took = time.perf_counter() - begun
    sent = sum(len(sender.answered_ms) for sender in senders)
    await watcher.until(sent, seconds=10)
    refused = sum(sender.refused for sender in senders)
    if refused or watcher.count != sent:
        raise SystemExit(f"{refused} gifts refused; {sent} answered, {watcher.count} seen")
    waits = sorted(wait for sender in senders for wait in sender.answered_ms)
    seen = sorted(watcher.seen_ms)
    return {
        "gifts_per_s": round(sent / took, 1),
        "p50_ms": at_rank(waits, 0.50),
        "p99_ms": at_rank(waits, 0.99),
        "seen_p50_ms": at_rank(seen, 0.50),
        "seen_p99_ms": at_rank(seen, 0.99),
        "gifts_measured": sent,
        "gifts_sent": sent + warm,
    }


def _in_books(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("select count(*) from sent_gift").fetchone()
    assert row is not None
    return int(row[0])


def main() -> None:
    """Print the table, and the one line for machines."""
    figures = run()
    table = Table(title=f"The whole path of a gift · {machine()}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}")
    console.print(table)
    print("BENCH " + msgspec.json.encode({"name": "gifts", "figures": figures}).decode())


if __name__ == "__main__":
    main()
