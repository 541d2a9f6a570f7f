"""What every benchmark says about the machine it ran on."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path


def flush_ms(folder: Path) -> float:
    """How long one durable write of 8 kB takes here: nothing can commit faster on its own."""
    path = folder / "flush-probe"
    block = os.urandom(8192)
    durations = []
    with path.open("wb", buffering=0) as file:
        file.write(block * 16)
        os.fsync(file.fileno())
        for number in range(200):
            os.lseek(file.fileno(), (number % 16) * 8192, os.SEEK_SET)
            begun = time.perf_counter()
            file.write(block)
            os.fdatasync(file.fileno())
            durations.append(time.perf_counter() - begun)
    path.unlink()
    return round(sorted(durations)[len(durations) // 2] * 1000, 3)


def machine() -> str:
    """Cores, processor and Python, in one line."""
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in facts if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}"
