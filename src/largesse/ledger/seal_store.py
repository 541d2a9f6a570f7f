"""All SQL of seals, and the one place that says what of a row is sealed.

A row is taken as `record_send` gives it: the number of its columns, then for each its
type, its length (minus one for null) and its value in the binary form of the protocol.
Every column is in, null is not empty, and nothing of it depends on where a row lies, on
the server's version or its machine. Columns are only ever added, and a row that was
sealed before a column came is taken without it; it has to be null there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from largesse.kernel.database import Connection
from largesse.ledger.chain import (
    LOT_KEY_BYTES,
    MARK_BYTES,
    TRANSFER_KEY_BYTES,
    Contents,
    Seal,
    SealHead,
    Widths,
    by_number,
)

# "seal" in ASCII; whoever has it is the one sealer.
_TURN = 0x7365616C

_SEAL_COLUMNS = (
    "block, seq_from, seq_to, marks, transfer_marks, lot_marks, journal_columns, transfer_columns,"
    " lot_columns, at, previous, digest"
)

_JOURNALS = sql.SQL(
    "select coalesce(array_agg(seq), '{{}}'), coalesce(string_agg(mark, ''::bytea), ''::bytea)"
    " from (select seq, {mark} as mark from ledger.journal t"
    "       where seq between %(first)s and %(last)s order by seq, account) x"
)
_TRANSFERS = sql.SQL(
    "select coalesce(string_agg(int8send(seq) || int2send(leg) || mark, ''::bytea), ''::bytea)"
    " from (select seq, leg, {mark} as mark from ledger.transfer t"
    "       where seq between %(first)s and %(last)s order by seq, leg, account) x"
)
_LOTS = sql.SQL(
    "select coalesce(string_agg(int8send(seq) || uuid_send(id) || mark, ''::bytea), ''::bytea)"
    " from (select seq, id, {mark} as mark from ledger.lot t"
    "       where seq between %(first)s and %(last)s order by seq, id, account) x"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the sealed tables, in their order."""

    journal: tuple[str, ...]
    transfer: tuple[str, ...]
    lot: tuple[str, ...]

    @property
    def widths(self) -> Widths:
        """How many each table has now."""
        return Widths(len(self.journal), len(self.transfer), len(self.lot))


async def begin(connection: Connection) -> None:
    """Read rows in the sealed form, by number, on one processor and in bounded memory.

    The lock stops nobody but a migration that would add a column meanwhile.
    """
    await connection.execute(
        "lock table ledger.journal, ledger.transfer, ledger.lot in access share mode;"
        " set local client_encoding = 'UTF8'; set local work_mem = '32MB';"
        " set local enable_seqscan = off; set local max_parallel_workers_per_gather = 0;"
        " set local plan_cache_mode = force_custom_plan; set local statement_timeout = 0"
    )


async def take_turn(connection: Connection) -> bool:
    """Become the one sealer until the transaction ends; False when somebody else is."""
    cursor = await connection.execute("select pg_try_advisory_xact_lock(%s::bigint)", (_TURN,))
    return bool((await _one(cursor))[0])


async def columns(connection: Connection) -> Columns:
    """What the sealed tables are made of."""
    cursor = await connection.execute(
        "select c.relname, array_agg(a.attname::text order by a.attnum)"
        " from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where a.attrelid = any(array['ledger.journal', 'ledger.transfer', 'ledger.lot']::regclass[])"
        " and a.attnum > 0 and not a.attisdropped group by 1"
    )
    found: dict[str, list[str]] = dict(await cursor.fetchall())
    return Columns(tuple(found["journal"]), tuple(found["transfer"]), tuple(found["lot"]))


async def settled(connection: Connection) -> int:
    """The journal number up to which nothing can appear any more."""
    return int((await _one(await connection.execute("select folded from ledger.horizon")))[0])


async def newest_seal(connection: Connection) -> SealHead | None:
    """The last block of the chain."""
    async with connection.cursor(row_factory=class_row(SealHead)) as cursor:
        await cursor.execute(
            "select block, seq_to, at, digest from ledger.seal order by block desc limit 1"
        )
        return await cursor.fetchone()


async def next_seals(connection: Connection, *, after: int, numbers_max: int) -> list[Seal]:
    """The next blocks, of so many journal numbers together or at least one block."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        f"select {_SEAL_COLUMNS} from (select s.*, sum(seq_to - seq_from + 1) over"
        "   (order by block rows unbounded preceding) as numbers, row_number() over (order by block) as nth"
        " from ledger.seal s where block > %s order by block limit 1000) x"
        " where numbers <= %s or nth = 1 order by block",
        (after, numbers_max),
    )
    return [
        Seal(row[0], Contents(*row[1:6]), Widths(*row[6:9]), *row[9:])
        for row in await cursor.fetchall()
    ]


async def numbers_sealed(connection: Connection) -> int:
    """How many journal numbers the chain speaks of."""
    cursor = await connection.execute(
        "select coalesce(sum(seq_to - seq_from + 1), 0)::bigint from ledger.seal"
    )
    return int((await _one(cursor))[0])


async def add_seal(connection: Connection, seal: Seal, *, journals: int) -> None:
    """Append a block to the chain."""
    contents, widths = seal.contents, seal.widths
    await connection.execute(
        f"insert into ledger.seal ({_SEAL_COLUMNS}, journals, transfers, lots)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            seal.block, contents.seq_from, contents.seq_to, contents.marks, contents.transfer_marks,
            contents.lot_marks, widths.journal, widths.transfer, widths.lot, seal.at, seal.previous,
            seal.digest, journals, len(contents.transfer_marks) // (TRANSFER_KEY_BYTES + MARK_BYTES),
            len(contents.lot_marks) // (LOT_KEY_BYTES + MARK_BYTES),
        ),
    )  # fmt: skip


async def contents(
    connection: Connection, *, first: int, last: int, of: Columns, widths: Widths
) -> tuple[Contents, int]:
    """What lies in these journal numbers now, and how many journals it is."""
    bounds = {"first": first, "last": last}
    cursor = connection.cursor(binary=True)
    journals = _JOURNALS.format(mark=_mark(of.journal, widths.journal))
    numbers, marks = await _one(await cursor.execute(journals, bounds))
    transfers = _TRANSFERS.format(mark=_mark(of.transfer, widths.transfer))
    (transfer_marks,) = await _one(await cursor.execute(transfers, bounds))
    lots = _LOTS.format(mark=_mark(of.lot, widths.lot))
    (lot_marks,) = await _one(await cursor.execute(lots, bounds))
    placed, doubled = by_number(numbers, marks, first=first, last=last)
    return Contents(first, last, placed, transfer_marks, lot_marks, doubled), len(numbers)


async def journals_at(
    connection: Connection, number: int, *, of: Columns, widths: Widths
) -> list[tuple[int, bytes]]:
    """The journals of one number, as account and mark."""
    query = sql.SQL("select account, {mark} from ledger.journal t where seq = %s order by 1")
    return await _marked(connection, query, _mark(of.journal, widths.journal), (number,))


async def transfers_at(
    connection: Connection, key: tuple[int, int], *, of: Columns, widths: Widths
) -> list[tuple[int, bytes]]:
    """The transfers of one journal number and leg, as account and mark."""
    query = sql.SQL(
        "select account, {mark} from ledger.transfer t where seq = %s and leg = %s order by 1"
    )
    return await _marked(connection, query, _mark(of.transfer, widths.transfer), key)


async def lots_at(
    connection: Connection, key: tuple[int, UUID], *, of: Columns, widths: Widths
) -> list[tuple[int, bytes]]:
    """The lots of one journal number and id, as account and mark."""
    query = sql.SQL(
        "select account, {mark} from ledger.lot t where seq = %s and id = %s order by 1"
    )
    return await _marked(connection, query, _mark(of.lot, widths.lot), key)


def _mark(names: Sequence[str], width: int) -> sql.Composable:
    """The mark of a row `t` that was sealed when its table had `width` columns."""
    row: sql.Composable = sql.SQL("record_send(t)")
    if width < len(names):
        columns = [sql.Identifier("t", name) for name in names]
        row = sql.SQL(
            "record_send(row({then})) || case when num_nonnulls({since}) > 0 then '\\x01'::bytea else ''::bytea end"
        ).format(
            then=sql.SQL(", ").join(columns[:width]), since=sql.SQL(", ").join(columns[width:])
        )
    return sql.SQL("substr(sha256({row}), 1, 16)").format(row=row)


async def _marked(
    connection: Connection, query: sql.SQL, mark: sql.Composable, values: tuple[Any, ...]
) -> list[tuple[int, bytes]]:
    cursor = connection.cursor(binary=True)
    await cursor.execute(query.format(mark=mark), values)
    return await cursor.fetchall()


async def _one(cursor: Any) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = await cursor.fetchone()
    assert row is not None
    return row
