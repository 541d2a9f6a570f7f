"""Our write path under load: gifts through the Committer, as `send_gift` makes them."""

from __future__ import annotations

import asyncio
import random
import time
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from bench.ledger.ground import (
    BROKE,
    CREATORS,
    FIRST_BROKE,
    FIRST_CREATOR,
    FIRST_SENDER,
    SENDERS,
    ZIPF,
)
from largesse.kernel import ids
from largesse.ledger import Committer, InsufficientCoins, Kind, Spend

WARM_SECONDS = 1
CALLERS = 64
ROOM = ids.make()
GIFT = ids.make()
_FAME = list(accumulate(1 / rank**ZIPF for rank in range(1, CREATORS + 1)))

Choice = Callable[[random.Random], int]


def any_creator(rng: random.Random) -> int:
    """Every creator is as popular as any other."""
    return FIRST_CREATOR + int(rng.random() * CREATORS)


def famous_creator(rng: random.Random) -> int:
    """The n-th creator gets 1/n as much as the first (Zipf)."""
    return FIRST_CREATOR + bisect(_FAME, rng.random() * _FAME[-1])


def one_creator(_: random.Random) -> int:
    """All gifts go to one creator."""
    return FIRST_CREATOR


LOADS: dict[str, Choice] = {"uniform": any_creator, "zipf": famous_creator, "hot": one_creator}


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


def any_sender(rng: random.Random) -> int:
    """Somebody with coins."""
    return FIRST_SENDER + int(rng.random() * SENDERS)


def broke_sender(rng: random.Random) -> int:
    """Somebody without."""
    return FIRST_BROKE + int(rng.random() * BROKE)


def spend(rng: random.Random, choose: Choice, sender: Choice = any_sender) -> Spend:
    """One gift of one to ten coins."""
    coins = 1 + int(rng.random() * 10)
    act = ids.make()
    return Spend(
        id=act,
        account=sender(rng),
        key=act.hex,
        body=b"rose 1",
        kind=Kind.GIFT,
        creator=choose(rng),
        coins=coins,
        diamonds=coins,
        at=datetime.now(UTC),
        place=ROOM,
        item=GIFT,
        thread=act,
        rate=5000,
    )


async def closed(
    url: str, choose: Choice, *, seconds: float, callers: int = CALLERS, broke: int = 0
) -> Run:
    """As many gifts as `callers` can send, each waiting for its answer before the next.

    `broke` more callers try as hard and are refused; they are not counted.
    """
    writers = Committer(url)
    await writers.start()
    rng = random.Random(7)
    latencies: list[float] = []
    begun = time.perf_counter()
    end = begun + seconds

    async def call() -> None:
        while (begun := time.perf_counter()) < end:
            await writers.spend(spend(rng, choose))
            latencies.append((time.perf_counter() - begun) * 1000)

    async def beg() -> None:
        while time.perf_counter() < end:
            try:
                await writers.spend(spend(rng, choose, broke_sender))
            except InsufficientCoins:
                continue
            raise AssertionError("nobody gives without coins")

    await asyncio.gather(*(call() for _ in range(callers)), *(beg() for _ in range(broke)))
    took = time.perf_counter() - begun
    await writers.stop()
    return Run(len(latencies), took, latencies, writers.batches)


async def opened(url: str, choose: Choice, *, seconds: float, rate: float) -> Run:
    """Gifts at a fixed average rate, whether the last ones are answered or not (Poisson).

    Latency counts from the moment a gift was due, so waiting in line is not hidden. The
    first second is not counted: the writers connect and make their plans in it.
    """
    writers = Committer(url)
    await writers.start()
    rng = random.Random(11)
    latencies: list[float] = []
    sent = 0
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
        sent += 1
    await asyncio.gather(*tasks)
    took = time.perf_counter() - begun
    await writers.stop()
    return Run(sent, took, latencies, writers.batches)
