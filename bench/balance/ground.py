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
# with promo coins, one in `every` to the creator's neighbour. No two in a row are alike.
_GIFTS = """
insert into ledger.journal (account, seq, id, at, key, body, promo, paid, promo_from, paid_from,
                            party, diamonds, micro, tax_micro, fee_micro, balance, kind, shape, rate)
select %(sender)s + (n / 500) %% %(senders)s, n, gen_random_uuid(),
       '2026-01-01'::timestamptz + n * interval '100 microseconds', gen_random_uuid(), gen_random_uuid(),
       coins * half, coins * (1 - half), 0, 0,
       case n %% %(every)s when 0 then %(neighbour)s else %(creator)s end, coins,
       coins * 14142 * (1 - half), coins * 1414 * (1 - half), coins * 707 * (1 - half), 1000000, 160, 1, 7000
from (select n, 1 + n * 7 %% 997 as coins, n %% 2 as half
      from generate_series(%(first)s::bigint, %(last)s::bigint) n) gift
"""

# Nobody else writes here, so a run of numbers is drawn at once.
_DRAW = """
select setval('ledger.journal_seq', last_value + %s - (not is_called)::int) from ledger.journal_seq
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A running server with books of its own."""

    cluster: Cluster
    app: str
    owner: str

    def give(self, gifts: int, *, commit: int, every: int = 1_000_000_000) -> None:
        """Append gifts to the creator, so many a commit; every so manieth goes to the neighbour."""
        values = {
            "sender": FIRST_SENDER,
            "senders": SENDERS,
            "creator": CREATOR,
            "neighbour": NEIGHBOUR,
            "every": every,
        }
        with psycopg.connect(self.app, autocommit=True) as connection:
            left = gifts
            while left:
                size = min(left, commit)
                with connection.transaction():
                    # A writer has its transaction's id before it draws a number.
                    connection.execute("select pg_current_xact_id()")
                    drawn = connection.execute(_DRAW, (size,)).fetchone()
                    assert drawn is not None
                    span = {"first": drawn[0] - size + 1, "last": drawn[0]}
                    connection.execute(_GIFTS, values | span)
                left -= size


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
