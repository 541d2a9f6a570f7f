"""Work for later: rows that commit with their cause, leased by any number of workers.

Deferring a job inside a transaction is the outbox: the job exists if and only if
the change does. A worker that dies loses its lease, and the job runs again, so
every task must be safe to repeat. Never one job a gift (see docs/dependencies.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import structlog
from procrastinate import jobs as queue

from largesse.kernel.database import Connection

Act = Callable[[], Awaitable[object]]
Task = Callable[..., Awaitable[object]]

# A worker tells every ten seconds that it lives; after thirty its jobs are taken over.
STALLED_AFTER_SECONDS = 30
REAP = "*/15 * * * * *"

log = structlog.get_logger()


class Jobs:
    """The job queue, and a worker for it when `work` is called."""

    def __init__(self, url: str) -> None:
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=4)
        )
        self._tasks: dict[str, Any] = {}
        self.every(REAP, "reap_stalled_jobs", self._reap)

    def register(self, name: str, task: Task) -> None:
        """Say what a job of this name does; its arguments are JSON values."""
        self._tasks[name] = self._app.task(
            name=name, retry=procrastinate.RetryStrategy(max_attempts=25, exponential_wait=2)
        )(task)

    def every(self, cron: str, name: str, act: Act) -> None:
        """Do something by the clock (cron with seconds first); it never overlaps with itself."""

        async def run(timestamp: int) -> None:
            await act()

        task = self._app.task(name=name, lock=name, queueing_lock=name)(run)
        self._app.periodic(cron=seconds_last(cron))(task)

    async def defer(self, connection: Connection, name: str, **arguments: str | int | None) -> None:
        """Put a job in line; it exists once the caller's transaction commits."""
        task = self._tasks[name].configure(connection=connection)
        await task.defer_async(**arguments)

    async def work(self) -> None:
        """Run jobs until cancelled; what is running then gets five seconds to end."""
        async with self._app.open_async():
            await self._app.run_worker_async(
                concurrency=4,
                install_signal_handlers=False,
                delete_jobs=queue.DeleteJobCondition.SUCCESSFUL,
                fetch_job_polling_interval=2,
                shutdown_graceful_timeout=5,
            )

    async def work_through_outages(self) -> None:
        """Work for ever: when the database goes away, wait for it and go on."""
        while True:
            try:
                await self.work()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it was, money waits for this worker
                log.warning("job_worker_restarts", reason=repr(error))
                await asyncio.sleep(1)

    async def _reap(self) -> None:
        stalled = await self._app.job_manager.get_stalled_jobs(
            seconds_since_heartbeat=STALLED_AFTER_SECONDS
        )
        for job in stalled:
            log.warning("stalled_job_runs_again", job=job.task_name)
            await self._app.job_manager.retry_job(job)


def seconds_last(cron: str) -> str:
    """The same schedule with its seconds at the end, where the queue's cron reader wants them.

    Read the other way round, "every five seconds" would mean every second of every
    fifth minute, and four minutes of silence in between.
    """
    seconds, *others = cron.split()
    assert len(others) == 5, "a schedule has six fields, seconds first"
    return " ".join([*others, seconds])
