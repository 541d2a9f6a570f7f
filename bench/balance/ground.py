"""The bench's own books: one creator whose account has ten million entries. The data stays."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from largesse.kernel.migrations.run import migrate
from largesse.kernel.postgres import Cluster, start

HOME = Path(__file__).parents[2] / "var" / "bench-balance"
CREATOR = 1_042
NEIGHBOUR = 1_043
SENDERS = 20_000
FIRST_SENDER = 100_000
CHUNK = 500_000

_PURSES = """
insert into ledger.purse (account, currency, paid_in, paid_out, opened_at)
select a, case a %% 10 when 0 then 'JPY' when 1 then 'EUR' else 'USD' end, 1000000000, 0, '2026-01-01'
from generate_series(%(first)s, %(last)s) a
"""

# Gifts as the posting function writes them: a sender gives five hundred in a row, half of them
# with promo coins, one in `every` to the creator's neighbour.
_GIFTS = """
insert into ledger.journal (account, seq, id, at, key, body, promo, paid, promo_from, paid_from,
                            party, diamonds, micro, tax_micro, fee_micro, balance, kind, shape, rate)
select %(sender)s + (n / 500) %% %(senders)s, n, gen_random_uuid(),
       '2026-01-01'::timestamptz + n * interval '100 microseconds', gen_random_uuid(), gen_random_uuid(),
       case n %% 2 when 0 then 10 else 0 end, case n %% 2 when 0 then 0 else 10 end, 0, 0,
       case n %% %(every)s when 0 then %(neighbour)s else %(creator)s end, 10,
       case n %% 2 when 0 then 0 else 141421 end, case n %% 2 when 0 then 0 else 14142 end,
       case n %% 2 when 0 then 0 else 7071 end, 1000000, 160, 1, 7000
from generate_series(%(first)s::bigint, %(last)s::bigint) n
"""


@dataclass(slots=True)
class Ground:
    """A running server with books of its own, and the newest journal's number in them."""

    cluster: Cluster
    app: str
    owner: str
    newest: int = 0

    def give(self, gifts: int, *, commit: int, every: int = 1_000_000_000) -> None:
        """Append gifts to the creator, so many a commit; every so manieth goes to the neighbour."""
        with psycopg.connect(self.app, autocommit=True) as connection:
            last = self.newest + gifts
            for first in range(self.newest + 1, last + 1, commit):
                values = {
                    "sender": FIRST_SENDER,
                    "senders": SENDERS,
                    "creator": CREATOR,
                    "neighbour": NEIGHBOUR,
                    "every": every,
                    "first": first,
                    "last": min(first + commit - 1, last),
                }
                with connection.transaction():
                    # A writer draws its numbers in its transaction, after its locks.
                    connection.execute("select pg_current_xact_id()")
                    connection.execute("select setval('ledger.journal_seq', %s)", (values["last"],))
                    connection.execute(_GIFTS, values)
            self.newest = last


def prepare(entries: int, *, said: Callable[[str], None]) -> Ground:
    """Throw the last run's data away, start a server, migrate, and write so many gifts."""
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    cluster = start(HOME, name="largesse")
    urls = cluster.urls("largesse")
    migrate(urls.owner)
    ground = Ground(cluster, urls.app, urls.owner)
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        connection.execute(_PURSES, {"first": FIRST_SENDER, "last": FIRST_SENDER + SENDERS - 1})
        begun = time.perf_counter()
        ground.give(entries, commit=CHUNK)
        said(f"{entries:,} gifts written in {time.perf_counter() - begun:.0f} s")
        connection.execute("vacuum analyze ledger.purse")
    return ground
