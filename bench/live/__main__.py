"""A live evening in two parts: how many gifts a room takes, and what its viewers cost.

Runs the `gifts` and the `fanout` benchmarks one after the other, each on a fresh
house, and puts their main figures side by side.
"""

from __future__ import annotations

import json

from bench.fanout.__main__ import run as watch
from bench.gifts.__main__ import run as give
from bench.machine import machine


def main() -> None:
    """Print the table, and the one line for machines."""
    print(machine())
    gifts, fanout = give(), watch()
    figures = {
        "gifts_per_s": gifts["gifts_per_s"],
        "p99_ms": gifts["p99_ms"],
        "delivery_p99_ms": fanout["p99_ms"],
        "frames_per_s_core": fanout["frames_per_s_core"],
        "events_per_s_core": fanout["events_per_s_core"],
        "bytes_per_viewer": fanout["bytes_per_viewer"],
        "flush_ms": gifts["flush_ms"],
    }
    for name, figure in figures.items():
        print(f"  {name:20} {figure:>12,}")
    print("BENCH " + json.dumps({"name": "live", "figures": figures}))


if __name__ == "__main__":
    main()
