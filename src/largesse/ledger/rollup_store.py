"""All SQL of the horizon and its snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import class_row

from largesse.kernel.database import Connection


@dataclass(frozen=True, slots=True)
class Horizon:
    """The snapshots hold journals up to `folded`; those up to `next` come when they have settled."""

    folded: int
    next: int
    is_settled: bool


async def find_by_number(connection: Connection) -> None:
    """Until the transaction ends, journals are found by the block ranges of their numbers.

    Old statistics would read the whole journal, and the number being the second
    column of its primary key would tempt the planner to walk all of that. To remember
    the legs of equal rows is dear where hardly two rows are equal.
    """
    await connection.execute(
        "select set_config(name, 'off', true) from unnest(%s::text[]) name",
        (["enable_seqscan", "enable_indexscan", "enable_indexonlyscan", "enable_memoize"],),
    )


async def locked_horizon(connection: Connection) -> Horizon | None:
    """How far is folded and can be, locked until the transaction ends; None if another folds."""
    await find_by_number(connection)
    async with connection.cursor(row_factory=class_row(Horizon)) as cursor:
        await cursor.execute(
            "select folded, next, settled <= pg_snapshot_xmin(pg_current_snapshot()) as is_settled"
            " from ledger.horizon for update skip locked"
        )
        return await cursor.fetchone()


async def behind(connection: Connection) -> int:
    """How many numbers have been drawn above the horizon."""
    cursor = await connection.execute(
        "select s.last_value - h.folded from ledger.journal_seq s, ledger.horizon h"
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def summarize(connection: Connection) -> None:
    """Keep what lies above the horizon quick to find."""
    await connection.execute("select ledger.summarize()")


async def newest_number(connection: Connection) -> int:
    """The newest number that anybody has drawn. To be read before the transaction has an id."""
    cursor = await connection.execute("select last_value from ledger.journal_seq where is_called")
    row = await cursor.fetchone()
    return 0 if row is None else int(row[0])


async def note_candidate(connection: Connection, *, number: int) -> None:
    """Remember a number that was the newest one before this transaction got its id.

    Whoever owns a number up to this one had its transaction id before it drew the number,
    so it is older than this transaction. (The upper bound of a snapshot would not do: it is
    one past the newest transaction that has *ended*, and says nothing of those that run.)
    A candidate that has not settled yet is left alone, or the horizon would run away from itself.
    """
    await connection.execute(
        "update ledger.horizon set next = %s, settled = pg_current_xact_id()"
        " where next = folded and folded < %s",
        (number, number),
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
        " from ledger.journal where seq > %s and seq <= %s and kind between 160 and 169 and shape in (1, 4)"
        " group by 1",
        (after, upto),
    )
    await connection.execute("update ledger.horizon set folded = %s", (upto,))
