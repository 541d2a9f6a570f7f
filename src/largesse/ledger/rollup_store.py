"""All SQL of the horizon and its snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from largesse.kernel.database import Connection


@dataclass(frozen=True, slots=True)
class Horizon:
    """The snapshots hold journals up to `folded`; those up to `next` have all settled."""

    folded: int
    next: int


async def settled_horizon(connection: Connection) -> Horizon | None:
    """How far can be folded now; None while older transactions run or another folds."""
    # Old statistics must not make the fold read the whole journal.
    await connection.execute("set local enable_seqscan = off")
    cursor = await connection.execute(
        "select folded, next, settled <= pg_snapshot_xmin(pg_current_snapshot())"
        " from ledger.horizon for update skip locked"
    )
    row = await cursor.fetchone()
    if row is None or not row[2]:
        return None
    folded, next_one, _ = row
    return Horizon(folded, next_one)


async def summarize(connection: Connection) -> None:
    """Keep what lies above the horizon quick to find."""
    await connection.execute("select ledger.summarize()")


async def note_candidate(connection: Connection) -> None:
    """Remember the newest number, then the newest transaction: in this order, in two statements.

    Whoever owns a number up to this one had its transaction id before it drew the
    number, so it is older than what the second statement sees. A candidate that
    has not settled yet is left alone, or the horizon would run away from itself.
    """
    cursor = await connection.execute("select last_value from ledger.journal_seq where is_called")
    row = await cursor.fetchone()
    if row is None:
        return
    await connection.execute(
        "update ledger.horizon set next = %s, settled = pg_snapshot_xmax(pg_current_snapshot())"
        " where next = folded",
        row,
    )


async def fold(connection: Connection, *, after: int, upto: int, codes: Sequence[int]) -> None:
    """Add the legs of journals (after, upto] to the snapshots, and to what creators earned and received."""
    await connection.execute(
        "insert into ledger.snapshot as s (account, asset, debits, credits)"
        " select side.account, t.asset, sum(side.debit), sum(side.credit)"
        " from ledger.transfers t cross join lateral (values (t.debit, t.amount, 0::bigint),"
        "   (t.credit, 0::bigint, t.amount)) side (account, debit, credit)"
        " where t.seq > %s and t.seq <= %s and side.account %% 1000 = any(%s)"
        " group by 1, 2"
        " on conflict (account, asset) do update set debits = s.debits + excluded.debits,"
        " credits = s.credits + excluded.credits",
        (after, upto, list(codes)),
    )
    await connection.execute(
        "insert into ledger.earned as e (party, hour, latest, diamonds)"
        " select party, floor(extract(epoch from at) / 3600)::int, max(at), sum(diamonds)"
        " from ledger.journal where seq > %s and seq <= %s and diamonds > 0 group by 1, 2 order by 1, 2"
        " on conflict (party, hour) do update set diamonds = e.diamonds + excluded.diamonds,"
        " latest = greatest(e.latest, excluded.latest)",
        (after, upto),
    )
    await connection.execute(
        "insert into ledger.received (party, first_seq, latest, accounts, seqs)"
        " select party, min(seq), max(at), array_agg(account order by seq), array_agg(seq order by seq)"
        " from ledger.journal where seq > %s and seq <= %s and party is not null and shape in (1, 4)"
        " group by 1",
        (after, upto),
    )
    await connection.execute("update ledger.horizon set folded = %s", (upto,))
