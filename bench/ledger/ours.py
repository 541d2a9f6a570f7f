"""Our write path under load: gifts through the Committer, as `send_gift` makes them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.ledger.ground import CREATORS, FIRST_CREATOR, FIRST_SENDER, SENDERS
from largesse.kernel import ids
from largesse.ledger import Committer, Kind, Spend

WARM_SECONDS = 1
ROOM = ids.make()
GIFT = ids.make()

Choice = Callable[[random.Random], int]


def any_creator(rng: random.Random) -> int:
    """Every creator is as popular as any other."""
    return FIRST_CREATOR + int(rng.random() * CREATORS)


def one_creator(_: random.Random) -> int:
    """All gifts go to one famous creator."""
    return FIRST_CREATOR


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did: acts, seconds, and each act's latency in milliseconds."""

    count: int
    seconds: float
    latencies_ms: list[float]
    commits: int

    @property
    def per_second(self) -> float:
        """Acts a second."""
        return self.count / self.seconds

    @property
    def batch(self) -> float:
        """Gifts a commit."""
        return self.count / max(1, self.commits)

    def percentile(self, percent: float) -> float:
        """The latency that this share of the acts stayed under."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def committer(url: str) -> Committer:
    """The writers as `main` builds them."""
    return Committer(url, writers=2)


def spend(rng: random.Random, choose: Choice) -> Spend:
    """One gift of one to ten coins, from anybody."""
    coins = 1 + int(rng.random() * 10)
    creator = choose(rng)
    act = ids.make()
    return Spend(
        id=act,
        account=FIRST_SENDER + int(rng.random() * SENDERS),
        key=act.hex,
        body=b"rose 1",
        kind=Kind.GIFT,
        creator=creator,
        coins=coins,
        diamonds=coins,
        at=datetime.now(UTC),
        place=ROOM,
        item=GIFT,
        thread=act,
        rate=5000,
    )


async def closed(url: str, choose: Choice, *, seconds: float, callers: int = 64) -> Run:
    """As many gifts as `callers` can send, each waiting for its answer before the next."""
    writers = committer(url)
    await writers.start()
    rng = random.Random(7)
    latencies: list[float] = []
    end = time.perf_counter() + seconds

    async def call() -> None:
        while (begun := time.perf_counter()) < end:
            await writers.spend(spend(rng, choose))
            latencies.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(call() for _ in range(callers)))
    took = time.perf_counter() - begun
    await writers.stop()
    return Run(len(latencies), took, latencies, writers.batches)


async def opened(url: str, choose: Choice, *, seconds: float, rate: float) -> Run:
    """Gifts at a fixed average rate, whether the last ones are answered or not (Poisson).

    Latency counts from the moment a gift was due, so waiting in line is not hidden. The
    first second is not counted: the writers connect and make their plans in it.
    """
    writers = committer(url)
    await writers.start()
    rng = random.Random(11)
    latencies: list[float] = []
    tasks: set[asyncio.Task[None]] = set()
    begun = time.perf_counter()
    due = begun

    async def call(due: float) -> None:
        await writers.spend(spend(rng, choose))
        if due > begun + WARM_SECONDS:
            latencies.append((time.perf_counter() - due) * 1000)

    while (due := due + rng.expovariate(rate)) < begun + WARM_SECONDS + seconds:
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        task = asyncio.create_task(call(due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    took = time.perf_counter() - begun
    await writers.stop()
    return Run(len(latencies), took, latencies, writers.batches)
