"""Seal and audit in a fresh process on one processor: python -m bench.audit.prove URL seal|audit."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from largesse import ledger
from largesse.kernel.database import Database

MEBIBYTE = 1024 * 1024


@dataclass(slots=True)
class Meter:
    """Processor time and memory of this process and of the backend that works for it."""

    backend: int
    backend_bytes_max: int = 0

    def pin(self) -> None:
        """Both share the first processor, as on a machine that has only one."""
        for pid in (0, self.backend):
            os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))})

    def cpu_seconds(self) -> float:
        """Of both together, so far."""
        return sum(
            int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
            for pid in (os.getpid(), self.backend)
        )

    def look(self) -> None:
        """Note the backend's own memory, without what all backends share."""
        self.backend_bytes_max = max(self.backend_bytes_max, _kilobytes(self.backend, "RssAnon"))

    def own_bytes_max(self) -> int:
        """The most that this process ever had."""
        return _kilobytes(os.getpid(), "VmHWM")


def main() -> None:
    """Do it, and print the figures as JSON."""
    url, what = sys.argv[1:]
    print(json.dumps(uvloop.run(_measured(url, {"seal": _seal, "audit": _audit}[what]))))


async def _measured(
    url: str, act: Callable[[Database, Meter], Awaitable[dict[str, int]]]
) -> dict[str, float]:
    database = Database(url, connections_max=1, patient=True)
    await database.open()
    async with database.work() as connection:
        meter = Meter(connection.info.backend_pid)
    meter.pin()
    meter.look()
    cpu, begun = meter.cpu_seconds(), time.perf_counter()
    done = await act(database, meter)
    took, cpu = time.perf_counter() - begun, meter.cpu_seconds() - cpu
    await database.close()
    return {
        **done,
        "seconds": took,
        "cpu_seconds": cpu,
        "own_mib_max": meter.own_bytes_max() / MEBIBYTE,
        "backend_mib_max": meter.backend_bytes_max / MEBIBYTE,
    }


async def _seal(database: Database, meter: Meter) -> dict[str, int]:
    blocks = 0
    while made := await ledger.seal(database, at=datetime.now(UTC)):
        blocks += made
        meter.look()
    return {"blocks": blocks}


async def _audit(database: Database, meter: Meter) -> dict[str, int]:
    report = await ledger.audit(database, progress=lambda part, done, total: meter.look())
    if not report.ok:
        sys.exit(f"the audit found: {report.findings}")
    return {"journals": report.journals, "transfers": report.transfers, "unsealed": report.unsealed}


def _kilobytes(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    main()
