"""How many recharges a second settle through notices, and whether reconcile finds the rest.

Orders are made over HTTP as buyers make them. For most of them a signed notice
arrives, one in ten of those twice. The others are paid on the provider's page
with their notices lost, so only the sweeper can find them. In the end every
order must have brought its coins exactly once. Then very many open orders are
put beside them, to see what the sweeper's memory does.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bench.house import House, Someone, free_port
from bench.machine import flush_ms, machine
from bench.recharge.door import Door
from bench.recharge.wallets import Wallet
from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.payments.signature import sign

ORDERS = int(os.environ.get("BENCH_ORDERS", "10000"))
OPEN_ORDERS = int(os.environ.get("BENCH_OPEN_ORDERS", "1000000"))
LOST_IN_TEN = 3
BUYERS = 50
AT_ONCE = 32
# Notices whose way to the wallet on the screen is measured, a second: half of what must settle.
WATCHED = 1000
WATCHED_A_SECOND = 150
SWEEP_SECONDS_MAX = 600
MEMORY_SECONDS = 20

KEY = "merchant key of one benchmark"
SECRET = "notice secret of one benchmark"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    settled_per_s: int
    lost: int
    doubled: int
    notice_p99_ms: int
    wallet_p50_ms: int
    wallet_p99_ms: int
    app_cpu_us_per_notice: int
    swept: int
    swept_in_s: int
    open_orders: int
    sweeper_grew_mb: int
    sweeper_mb: int


def main() -> None:
    os.environ |= {
        "LARGESSE_SANDBOX_PORT": str(free_port()),
        "LARGESSE_SANDBOX_KEY": KEY,
        "LARGESSE_SANDBOX_NOTICE_SECRET": SECRET,
    }
    house = House("recharge")
    sandbox = provider(house)
    try:
        figures = asyncio.run(run(house))
    finally:
        sandbox.terminate()
        sandbox.wait(10)
        house.cluster.stop()
    report(figures, house)


async def run(house: House) -> Figures:
    try:
        await house.ready()
        return await measured(house)
    finally:
        await house.close()


def provider(house: House) -> subprocess.Popen[bytes]:
    """The provider in its own process, with the way to our doors."""
    environment = os.environ | {
        "LARGESSE_DATA_DIR": str(house.home),
        "LARGESSE_SANDBOX_NOTICE_URL": f"http://127.0.0.1:{house.port}/v1/notices/sandbox",
    }
    return subprocess.Popen([sys.executable, "-m", "largesse.sandbox"], env=environment)


async def measured(house: House) -> Figures:
    """Make the orders, settle most of them through notices, and wait for the sweeper."""
    gate = asyncio.Semaphore(AT_ONCE)
    buyers = [await house.person(f"buyer{number}") for number in range(BUYERS)]
    made = [order(house, buyers[number % BUYERS], gate) for number in range(ORDERS)]
    orders = await asyncio.gather(*made)
    noticed = [one for number, one in enumerate(orders) if number % 10 >= LOST_IN_TEN]
    silent = [one for number, one in enumerate(orders) if number % 10 < LOST_IN_TEN]
    count = min(WATCHED, len(noticed) // 4)
    watched, noticed = noticed[:count], noticed[count:]

    doors = doors_of(house)
    shown_ms = await watch(house, buyers, watched, doors)
    begun, cpu = time.perf_counter(), house.cpu_seconds()
    knocks = [*noticed, *noticed[::10]]
    waits = sorted(await asyncio.gather(*(knock(doors, one) for one in knocks)))
    took, cpu = time.perf_counter() - begun, house.cpu_seconds() - cpu

    await asyncio.gather(*(pay_unheard(house, one, gate) for one in silent))
    begun = time.perf_counter()
    database = Database(house.url, connections_max=2, patient=True)
    await database.open()
    lots = await credited(database)
    while len(lots) < ORDERS and time.perf_counter() - begun < SWEEP_SECONDS_MAX:
        await asyncio.sleep(0.5)
        lots = await credited(database)
    swept_in = time.perf_counter() - begun
    grew, whole = await memory_with_open_orders(house, database)
    await database.close()
    return Figures(
        settled_per_s=round(len(noticed) / took),
        lost=ORDERS - len(lots),
        doubled=sum(count > 1 for count in lots.values()),
        notice_p99_ms=round(waits[len(waits) * 99 // 100] * 1000),
        wallet_p50_ms=round(shown_ms[len(shown_ms) // 2]),
        wallet_p99_ms=round(shown_ms[len(shown_ms) * 99 // 100]),
        app_cpu_us_per_notice=round(cpu * 1_000_000 / len(knocks)),
        swept=len(silent),
        swept_in_s=round(swept_in),
        open_orders=OPEN_ORDERS,
        sweeper_grew_mb=grew,
        sweeper_mb=whole,
    )


async def watch(
    house: House,
    buyers: list[Someone],
    orders: list[dict[str, Any]],
    doors: asyncio.Queue[Door],
) -> list[float]:
    """Milliseconds from a notice's departure until its buyer's screen shows the coins, in order."""
    url, _ = await house.guest()
    wallets = [await Wallet.watch(url, buyer.socket) for buyer in buyers]
    rng, sent = random.Random(3), {}
    tasks = []
    for one in orders:
        await asyncio.sleep(rng.expovariate(WATCHED_A_SECOND))
        sent[one["id"]] = time.perf_counter()
        tasks.append(asyncio.create_task(knock(doors, one)))
    await asyncio.gather(*tasks)
    await asyncio.sleep(1)
    shown = {number: at for wallet in wallets for number, at in wallet.shown_at.items()}
    missing = sent.keys() - shown.keys()
    if missing:
        raise SystemExit(f"{len(missing)} wallets never showed their coins")
    return sorted((shown[number] - at) * 1000 for number, at in sent.items())


async def memory_with_open_orders(house: House, database: Database) -> tuple[int, int]:
    """Megabytes that sweeping through very many open orders adds, and that the process has then."""
    before = house.memory_bytes()
    async with database.work() as connection:
        await connection.execute((Path(__file__).parent / "crowd.sql").read_bytes(), (OPEN_ORDERS,))
    most = before
    for _ in range(MEMORY_SECONDS * 5):
        await asyncio.sleep(0.2)
        most = max(most, house.memory_bytes())
    return (most - before) // 2**20, most // 2**20


async def order(house: House, buyer: Someone, gate: asyncio.Semaphore) -> dict[str, Any]:
    """An order that awaits its payment."""
    async with gate:
        body = {"coins": 70, "method": "card"}
        quoted = await ask(house, buyer, "/v1/recharges", body)
        return await ask(house, buyer, f"/v1/recharges/{quoted['id']}/confirm", None)


async def ask(house: House, buyer: Someone, path: str, body: object) -> dict[str, Any]:
    headers = {
        "authorization": f"Bearer {buyer.session}",
        "idempotency-key": str(ids.make()),
    }
    answer = await house.http.post(path, json=body, headers=headers)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


async def knock(doors: asyncio.Queue[Door], made: dict[str, Any]) -> float:
    """Bring the provider's notice, as it would; returns how long the answer took."""
    checkout = {
        "id": made["checkout_url"].rpartition("/")[2],
        "reference": made["id"],
        "status": "paid",
        "attempts": 1,
        "currency": "USD",
        "url": made["checkout_url"],
        "paid_amount": made["total"]["amount"],
        "paid_currency": made["total"]["currency"],
    }
    notice_id = f"evn_{made['id']}"
    event = {"id": notice_id, "type": "checkout.paid", "data": {"checkout": checkout}}
    body = msgspec.json.encode(event)
    door = await doors.get()
    headers = sign(secret=SECRET.encode(), notice_id=notice_id, at=datetime.now(UTC), body=body)
    begun = time.perf_counter()
    status = await door.knock("/v1/notices/sandbox", headers, body)
    took = time.perf_counter() - begun
    doors.put_nowait(door)
    if status != 204:
        raise SystemExit(f"A notice was answered {status}.")
    return took


def doors_of(house: House) -> asyncio.Queue[Door]:
    """As many connections as notices come at once."""
    doors: asyncio.Queue[Door] = asyncio.Queue()
    for _ in range(AT_ONCE):
        doors.put_nowait(Door(house.port))
    return doors


async def pay_unheard(house: House, made: dict[str, Any], gate: asyncio.Semaphore) -> None:
    """Pay on the provider's page, with every notice about it lost."""
    async with gate:
        url = made["checkout_url"]
        (await house.http.post(f"{url}/faults", json={"lose": True})).raise_for_status()
        paid = await house.http.post(url, json={"card": "4242424242424242"})
        paid.raise_for_status()


async def credited(database: Database) -> dict[object, int]:
    """How many lots each order brought, counted in the books."""
    async with database.read() as connection:
        rows = await connection.execute(
            "select source, count(*) from ledger.lot where source is not null group by source"
        )
        return dict(await rows.fetchall())


def report(figures: Figures, house: House) -> None:
    """The table for people and the line for machines."""
    print(f"{machine()}; one durable write takes {flush_ms(house.home)} ms here")
    print(f"{ORDERS} orders, {LOST_IN_TEN} of 10 without a notice, {AT_ONCE} at once")
    print(f"settled through notices   {figures.settled_per_s}/s, p99 {figures.notice_p99_ms} ms")
    print(f"the application's share   {figures.app_cpu_us_per_notice} us of processor a notice")
    print(
        f"notice to wallet on screen p50 {figures.wallet_p50_ms} ms, p99 {figures.wallet_p99_ms} ms"
    )
    print(f"found by the sweeper      {figures.swept} in {figures.swept_in_s} s")
    print(
        f"with {figures.open_orders:,} open orders the application grew by"
        f" {figures.sweeper_grew_mb} MB to {figures.sweeper_mb} MB"
    )
    print(f"lost {figures.lost}, doubled {figures.doubled}")
    shown = msgspec.to_builtins(figures)
    print("BENCH " + json.dumps({"name": "recharge", "figures": shown}))


if __name__ == "__main__":
    main()
