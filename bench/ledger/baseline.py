"""The fair baselines: row locks on both sides of both legs, 20 connections, one round trip a gift.

It is driven by pgbench in C with prepared statements, so its client costs next to
nothing, while ours pays for its Python on the same cores.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from bench.ledger.ground import CREATORS, FIRST_CREATOR, FIRST_SENDER, HOME, SENDERS, ZIPF, Ground

CONNECTIONS = 20
WAYS = {"rowlock": "gift", "update": "gift_by_update"}


def prepare(ground: Ground) -> None:
    """Make the baseline's tables, with the same people in them."""
    script = Path(__file__).with_name("baseline.sql").read_text()
    for name, value in {
        "first_sender": FIRST_SENDER,
        "last_sender": FIRST_SENDER + SENDERS - 1,
        "first_creator": FIRST_CREATOR,
        "last_creator": FIRST_CREATOR + CREATORS - 1,
    }.items():
        script = script.replace("{" + name + "}", str(value))
    tables, _, vacuum = script.rpartition("vacuum")
    with psycopg.connect(ground.owner, autocommit=True) as connection:
        connection.execute(tables)
        connection.execute("vacuum" + vacuum)


def run(ground: Ground, *, way: str, load: str, seconds: int) -> float:
    """Gifts a second, one of `ways` of the script against one of the loads."""
    first, last = FIRST_CREATOR, FIRST_CREATOR + CREATORS - 1
    creator = {
        "uniform": f"random({first}, {last})",
        "zipf": f"random_zipfian({first}, {last}, {ZIPF})",
        "hot": str(first),
    }[load]
    script = HOME / "baseline.pgbench"
    script.write_text(
        f"\\set sender random({FIRST_SENDER}, {FIRST_SENDER + SENDERS - 1})\n"
        f"\\set creator {creator}\n"
        "\\set coins random(1, 10)\n"
        f"select * from baseline.{WAYS[way]}(:sender, :creator, :coins);\n"
    )
    address = urlsplit(ground.owner)
    done = subprocess.run(
        [
            str(ground.pgbench), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1",
            "-T", str(seconds), "-f", str(script), "-h", parse_qs(address.query)["host"][0],
            "-U", address.username or "", address.path.lstrip("/"),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found.group(1))
