"""Mutants of the posting SQL: plant each seed, see whether the ledger's tests notice, tell the score.

python -m tests.mistakes [WORD]: only the seeds whose name has this word.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from largesse.kernel.migrations.standing import HOME
from largesse.kernel.postgres import Cluster, throwaway
from largesse.ledger import batch_store
from tests.mistakes.functions import SQL_SEEDS
from tests.mistakes.judge import Planted, begin, forget, template
from tests.mistakes.quick import QUICK_SEEDS
from tests.mistakes.seeds import Seed

RIGHT = "template_for_mutants"
AT_ONCE = 2
SECONDS_MAX = 180


class Trial(NamedTuple):
    """A mutant that is being judged."""

    seed: Seed
    process: BaseProcess
    name: str
    since: float
    told: Path


def main(word: str = "") -> int:
    """Judge the seeds; 0 when at least 85 of 100 were killed."""
    seeds = [seed for seed in (*QUICK_SEEDS, *SQL_SEEDS) if word in seed.name]
    _all_fit(seeds)
    judged = [seed for seed in seeds if not seed.same]
    verdicts: Counter[str] = Counter()
    survivors = []
    with tempfile.TemporaryDirectory() as folder, throwaway(name=RIGHT) as cluster:
        template(cluster, RIGHT, folder=Path(folder))
        _right_code_passes(cluster, judged, Path(folder))
        for seed, verdict in _judge(cluster, judged, folder=Path(folder)):
            verdicts[verdict] += 1
            print(f"{verdict:9} {seed.name}", flush=True)
            if verdict == "survived":
                survivors.append(seed)
    killed = len(judged) - len(survivors)
    print(f"\n{killed} of {len(judged)} mutants killed: {100 * killed / max(1, len(judged)):.1f} %")
    print(", ".join(f"{verdict} {number}" for verdict, number in verdicts.items()))
    for seed in seeds:
        if seed.same:
            print(f"not judged, answers the same: {seed.name} ({seed.same})")
    for seed in survivors:
        print(f"survived: {seed.name}")
    return 0 if killed * 100 >= 85 * len(judged) else 1


def _all_fit(seeds: Sequence[Seed]) -> None:
    """Every seed is found exactly once, or this fails before anything is judged."""
    ledger = (HOME / "versions" / "0003_ledger.sql").read_text()
    for seed in seeds:
        seed.plant(batch_store._POST if seed.place == "post" else ledger)


def _right_code_passes(cluster: Cluster, seeds: Sequence[Seed], folder: Path) -> None:
    """Without a mistake the tests pass, or their failing would tell nothing."""
    tests = tuple(sorted({test for seed in seeds for test in seed.tests}))
    told = folder / "right"
    process = begin(Planted(cluster, RIGHT), tests, seed=None, told=told)
    process.join()
    if process.exitcode != 0:
        sys.exit(f"The tests fail without any mutant:\n{told.read_text()[-3000:]}")


def _judge(cluster: Cluster, seeds: Sequence[Seed], *, folder: Path) -> Iterator[tuple[Seed, str]]:
    pending, running = deque(enumerate(seeds)), list[Trial]()
    while pending or running:
        while pending and len(running) < AT_ONCE:
            number, seed = pending.popleft()
            running.append(_started(cluster, seed, f"mutant_{number}", folder=folder))
        wait([trial.process.sentinel for trial in running], timeout=1)
        for trial in list(running):
            verdict = _verdict(trial)
            if verdict is not None:
                running.remove(trial)
                if trial.name != RIGHT:
                    forget(cluster, trial.name)
                yield trial.seed, verdict


def _started(cluster: Cluster, seed: Seed, name: str, *, folder: Path) -> Trial:
    told = folder / f"{name}.txt"
    own = RIGHT if seed.place == "post" else name
    if own != RIGHT:
        template(cluster, own, folder=folder, seed=seed)
    process = begin(Planted(cluster, own), seed.tests, seed=seed, told=told)
    return Trial(seed, process, own, time.monotonic(), told)


def _verdict(trial: Trial) -> str | None:
    """What became of a mutant, or None while its tests run."""
    if trial.process.is_alive():
        if time.monotonic() - trial.since < SECONDS_MAX:
            return None
        trial.process.kill()
        trial.process.join()
        return "hung"
    if trial.process.exitcode not in (0, 1):
        sys.exit(f"{trial.seed.name} could not be judged:\n{trial.told.read_text()[-3000:]}")
    return "survived" if trial.process.exitcode == 0 else "killed"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
