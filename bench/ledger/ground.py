"""The bench's own PostgreSQL and the people in it. The data of the last run stays."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg

from largesse.kernel.migrations.run import migrate
from largesse.kernel.postgres import Cluster, start

SENDERS = 20_000
CREATORS = 1_000
BROKE = 5_000
FIRST_SENDER = 100_000
FIRST_BROKE = 200_000
FIRST_CREATOR = 1_000
# The load generator beside ours takes nothing below.
ZIPF = 1.001
ROOT = Path(__file__).parents[2]
HOME = ROOT / "var" / "bench-ledger"

# Every sender has three paid lots of different prices; every second one has promo coins too,
# which are spent first, so half of all coins spent are promo. All have a daily limit.
_SEED = """
insert into ledger.purse (account, currency, paid_in, promo_in, promo_until, head_to, head_coins, head_micro, head_tax, head_fee,
                          day_limit, week_limit, month_limit, opened_at)
select a, 'USD', 3000000, case when a % 2 = 0 then 3000000 else 0 end, 'infinity', 1000000, 1000000, 14130000000, 1413000000, 706500000,
       9000000000000, 9000000000000, 9000000000000, '2026-01-01'
from generate_series({senders}) a;
insert into ledger.purse (account, currency, opened_at)
select a, 'USD', '2026-01-01' from generate_series({broke}) a;
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


def prepare(home: Path = HOME) -> Ground:
    """Throw the last run's data away, start a server, migrate and seed it."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    cluster = start(home, name="largesse")
    urls = cluster.urls("largesse")
    migrate(urls.owner)
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute(
            _SEED.replace("{senders}", f"{FIRST_SENDER}, {FIRST_SENDER + SENDERS - 1}").replace(
                "{broke}", f"{FIRST_BROKE}, {FIRST_BROKE + BROKE - 1}"
            )
        )
        connection.execute("vacuum analyze")
    return Ground(cluster, urls.app, urls.owner)


def server(ground: Ground) -> str:
    """The server's settings that matter, in one line."""
    names = "server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers"
    with psycopg.connect(ground.owner) as connection:
        rows = connection.execute(
            "select name, current_setting(name) from pg_settings where name = any(%s)",
            (list(names),),
        )
        return " ".join(f"{name}={value}" for name, value in rows)
