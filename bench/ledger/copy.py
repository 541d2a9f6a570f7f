"""The physical limit: the same rows by plain COPY into equal tables, with as many commits."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from bench.ledger.ground import Ground

ROWS_MAX = 60_000
_SOURCES = {
    "ledger.journal": "select * from ledger.journal where shape = 1 order by seq limit {rows}",
}


def run(ground: Ground, *, batch: int, writers: int = 2) -> float:
    """Gifts a second: each commit brings `batch` journal rows."""
    with psycopg.connect(ground.owner, autocommit=True) as connection:
        lines: dict[str, list[bytes]] = {}
        for table, query in _SOURCES.items():
            connection.execute(f"drop table if exists {table}_copy")
            connection.execute(f"create table {table}_copy (like {table} including all)")
            with connection.cursor().copy(
                f"copy ({query.replace('{rows}', str(ROWS_MAX))}) to stdout"
            ) as out:
                lines[table] = b"".join(bytes(piece) for piece in out).splitlines(keepends=True)
        count = len(lines["ledger.journal"])
    batches = [
        {table: b"".join(rows[begin : begin + batch]) for table, rows in lines.items()}
        for begin in range(0, count, batch)
    ]

    def write(share: list[dict[str, bytes]]) -> None:
        with psycopg.connect(ground.owner) as connection:
            for one in share:
                for table, rows in one.items():
                    with connection.cursor().copy(f"copy {table}_copy from stdin") as into:
                        into.write(rows)
                connection.commit()

    begun = time.perf_counter()
    with ThreadPoolExecutor(writers) as threads:
        list(threads.map(write, [batches[number::writers] for number in range(writers)]))
    took = time.perf_counter() - begun
    with psycopg.connect(ground.owner, autocommit=True) as connection:
        for table in _SOURCES:
            connection.execute(f"drop table {table}_copy")
    return count / took
