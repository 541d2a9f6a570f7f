"""Group commit: what queued while the last batch was committing is the next batch.

No timer: under light load a batch is one gift, under heavy load hundreds share
one flush of the disk. Each caller gets its own answer. All gifts go through
here, whether they come over HTTP, the room socket or the simulation.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass

from largesse.kernel.errors import Unavailable
from largesse.ledger.batch_store import key_bytes
from largesse.ledger.model import Spend, Spent
from largesse.ledger.writer import Waiting, Writer

# A caller hears 503 after this long; the same key then finds out what happened.
ANSWER_SECONDS_MAX = 1.8
_PATROL_SECONDS = 0.1
_TOO_LATE = "The books did not answer in time; the same key will tell what happened."


@dataclass(eq=False)
class Committer:
    """The writers and the queue before them.

    A batch has one act of a purse, so that it is decided by set, and a purse is with one
    writer at a time, so that writers never wait for each other. A full queue and a database that stays away are `Unavailable`; lost connections,
    deadlocks and lock timeouts are tried again until the caller's time is up, and
    are never reported as missing coins.
    """

    database_url: str
    writers: int = 2
    batch_max: int = 256
    queue_max: int = 10_000
    answer_seconds_max: float = ANSWER_SECONDS_MAX

    def __post_init__(self) -> None:
        self._queue: deque[Waiting] = deque()
        self._unanswered: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._patrol: asyncio.Task[None] | None = None
        self._patient: set[asyncio.Task[None]] = set()
        self._busy: set[int] = set()
        self._elsewhere: Counter[int] = Counter()
        self._is_open = False
        self._idle = 0
        self.batches = 0

    async def start(self) -> None:
        """Start the writers; each connects when its first batch comes."""
        assert not self._tasks, "a committer starts once"
        self._is_open = True
        self._patrol = asyncio.create_task(self._answer_late_ones(), name="ledger-patrol")
        self._tasks = [
            asyncio.create_task(self._write_for_ever(), name=f"ledger-writer-{number}")
            for number in range(self.writers)
        ]

    async def stop(self) -> None:
        """Take nothing new, commit what is queued, then close the connections."""
        self._is_open = False
        self._arrived.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._patient, return_exceptions=True)
        if self._patrol is not None:
            self._patrol.cancel()
            await asyncio.gather(self._patrol, return_exceptions=True)
        self._tasks = []

    @property
    def waiting(self) -> int:
        """How many acts are queued and not yet in a batch."""
        return len(self._queue)

    async def spend(self, spend: Spend) -> Spent:
        """Commit one act durably and say what it took.

        Raises `InsufficientCoins`, `LimitReached`, `SpendingFrozen`,
        `IdempotencyConflict`, or `Unavailable`: then the outcome is not known
        and the same key is the way to learn it. A caller that is cancelled while
        its batch is under way leaves its act there, and breaks nothing.
        """
        if not self._is_open or len(self._queue) >= self.queue_max:
            raise Unavailable
        loop = asyncio.get_running_loop()
        waiting = Waiting(
            spend, key_bytes(spend.key), loop.create_future(), loop.time() + self.answer_seconds_max
        )
        self._queue.append(waiting)
        self._unanswered.append(waiting)
        self._arrived.set()
        return await waiting.answer

    async def _write_for_ever(self) -> None:
        writer = Writer(self.database_url, aside=self._set_aside)
        try:
            while batch := await self._next_batch():
                purses = {waiting.spend.account for waiting in batch}
                self.batches += 1
                await writer.commit(batch)
                self._busy -= purses - self._elsewhere.keys()
                self._arrived.set()
                # Whoever was answered gets a turn first: a streak's next gift joins this batch.
                await asyncio.sleep(0)
        finally:
            await writer.close()

    async def _next_batch(self) -> list[Waiting]:
        """Everything that queued, up to `batch_max`; empty once the committer has stopped.

        Acts of a purse go one after the other, in the order in which they came.
        """
        self._idle += 1
        try:
            while True:
                if batch := self._take():
                    return batch
                if not self._is_open and not self._queue:
                    return []
                self._arrived.clear()
                await self._arrived.wait()
        finally:
            self._idle -= 1

    def _take(self) -> list[Waiting]:
        # Idle writers share what is there, so that one prepares while another commits.
        share = min(self.batch_max, -(-len(self._queue) // self._idle))
        batch: list[Waiting] = []
        again: list[Waiting] = []
        elsewhere: list[Waiting] = []
        mine: set[int] = set()
        while self._queue and len(batch) < share and len(again) < self.batch_max:
            waiting = self._queue.popleft()
            account = waiting.spend.account
            if waiting.answer.done():
                continue
            if account in mine:
                again.append(waiting)
            elif account in self._busy:
                elsewhere.append(waiting)
            else:
                mine.add(account)
                batch.append(waiting)
        # Where a few purses send most of what waits, their acts go one after the other.
        if len(again) > len(batch):
            batch, again = batch + again, []
        self._busy |= mine
        self._queue.extendleft(reversed(again + elsewhere))
        return batch

    def _set_aside(self, locked: list[Waiting]) -> None:
        """Let a connection of its own wait for purses that somebody else has locked."""
        still_wanted = [waiting for waiting in locked if not waiting.answer.done()]
        # Their purses stay busy: what comes for them meanwhile would only wait for the same lock.
        self._elsewhere.update({waiting.spend.account for waiting in still_wanted})
        task = asyncio.create_task(self._wait_patiently(still_wanted), name="ledger-patient-writer")
        self._patient.add(task)
        task.add_done_callback(self._patient.discard)

    async def _wait_patiently(self, locked: list[Waiting]) -> None:
        writer = Writer(self.database_url, aside=self._set_aside)
        try:
            await writer.commit(locked)
        finally:
            await writer.close()
            purses = {waiting.spend.account for waiting in locked}
            self._elsewhere -= Counter(purses)
            self._busy -= purses - self._elsewhere.keys()
            self._arrived.set()

    async def _answer_late_ones(self) -> None:
        """Tell callers whose time is up, whatever the database is doing: they stand in line by age."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_PATROL_SECONDS)
            line = self._unanswered
            while line and (line[0].answer.done() or line[0].deadline <= loop.time()):
                late = line.popleft()
                if not late.answer.done():
                    late.settle(Unavailable(_TOO_LATE))
