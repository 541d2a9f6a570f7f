"""The bench's own PostgreSQL and the people in it. The data of the last run stays."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from largesse.kernel.migrations.run import migrate
from largesse.kernel.postgres import Cluster, start

SENDERS = 20_000
CREATORS = 1_000
FIRST_SENDER = 100_000
FIRST_CREATOR = 1_000
ROOT = Path(__file__).parents[2]
HOME = ROOT / "var" / "bench-ledger"

# Every sender has three paid lots of different prices; every second one has promo coins too,
# which are spent first, so half of all coins spent are promo. All have a daily limit.
_SEED = """
insert into ledger.purse (account, currency, paid_in, promo_in, price_max, promo_until,
                          day_limit, week_limit, month_limit, opened_at)
select a, 'USD', 3000000, case when a % 2 = 0 then 3000000 else 0 end, 15000, 'infinity',
       9000000000000, 9000000000000, 9000000000000, '2026-01-01'
from generate_series({senders}) a;
insert into ledger.journal (account, seq, id, at, key, body, paid, promo, paid_from, micro, tax_micro,
                            fee_micro, balance, kind, shape, promo_from)
select a, nextval('ledger.journal_seq'), gen_random_uuid(), '2026-01-01', gen_random_uuid(),
       gen_random_uuid(), 1000000, case when a % 2 = 0 then 1000000 else 0 end, (n - 1) * 1000000,
       m, m / 10, m / 20, n * case when a % 2 = 0 then 2000000 else 1000000 end, 150, 2,
       case when a % 2 = 0 then (n - 1) * 1000000 else 0 end
from generate_series({senders}) a cross join (values (1, 14130000000), (2, 13990000000), (3, 14990000000)) l (n, m)
order by a, n;
insert into ledger.lot (account, id, seq, pool, coins, currency, country, origin, micro, tax_micro, fee_micro)
select j.account, gen_random_uuid(), j.seq, p, 1000000, 'USD', 'US', 'bench',
       case p when 1 then j.micro else 0 end, case p when 1 then j.tax_micro else 0 end,
       case p when 1 then j.fee_micro else 0 end
from ledger.journal j cross join (values (1), (2)) pools (p)
where case p when 1 then j.paid else j.promo end > 0;
insert into ledger.span (account, pool, serial_from, serial_to, lot, lot_from, coins, micro, tax_micro, fee_micro)
select account, pool, (n - 1) * 1000000, n * 1000000, id, 0, coins, micro, tax_micro, fee_micro
from (select l.*, row_number() over (partition by account, pool order by seq) as n from ledger.lot l) x;
insert into ledger.transfer (account, seq, leg, debit, credit, amount, asset)
select account, seq, 10, 10310, 1400, (micro - tax_micro) / 10000, 840 from ledger.journal
union all select account, seq, 11, 10310, 1420, micro / 10000 - (micro - tax_micro) / 10000, 840 from ledger.journal;
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A running server with a freshly seeded database."""

    cluster: Cluster
    app: str
    owner: str

    @property
    def pgbench(self) -> Path:
        """The load generator that comes with the server."""
        return Path(self.cluster.programs.path("pgbench"))


def prepare() -> Ground:
    """Throw the last run's data away, start a server, migrate and seed it."""
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    cluster = start(HOME, name="largesse")
    urls = cluster.urls("largesse")
    migrate(urls.owner)
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute(
            _SEED.replace("{senders}", f"{FIRST_SENDER}, {FIRST_SENDER + SENDERS - 1}")
        )
        connection.execute("vacuum analyze")
    return Ground(cluster, urls.app, urls.owner)


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
    return sorted(durations)[len(durations) // 2] * 1000


def machine(ground: Ground) -> str:
    """The machine and the server's settings that matter, in two lines."""
    with psycopg.connect(ground.owner) as connection:
        shown = [
            f"{name}={connection.execute(f'show {name}').fetchone()[0]}"  # type: ignore[index]  # show always answers
            for name in (
                "server_version",
                "fsync",
                "synchronous_commit",
                "full_page_writes",
                "shared_buffers",
            )
        ]
    model = subprocess.run(
        ["sh", "-c", "grep -m1 'model name' /proc/cpuinfo | cut -d: -f2"],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    return (
        f"{os.cpu_count()} x {model or platform.machine()}, Python {platform.python_version()}\n"
        + " ".join(shown)
    )
