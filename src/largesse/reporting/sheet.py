"""Write a report line by line, as CSV or JSON, whatever its length."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from largesse.reporting.model import Form

LINES_A_CHUNK = 250


@dataclass(frozen=True, slots=True)
class Report:
    """A name for its file, what is said once, and its lines, which can be read once."""

    name: str
    head: Mapping[str, object]
    row: type[msgspec.Struct]
    lines: AsyncGenerator[msgspec.Struct, None]


async def each(rows: Iterable[msgspec.Struct]) -> AsyncGenerator[msgspec.Struct, None]:
    """Rows that are all there already, as the lines of a report."""
    for row in rows:
        yield row


async def written(report: Report, form: Form) -> AsyncGenerator[bytes, None]:
    """The report in pieces. Both forms say the same: a CSV's rows are the JSON's `lines`.

    Whoever stops early closes it before the report.
    """
    yield _begin(report, form)
    first = True
    async with aclosing(_in_chunks(report.lines)) as chunks:
        async for rows in chunks:
            match form:
                case Form.CSV:
                    yield _csv([list(msgspec.to_builtins(row).values()) for row in rows])
                case Form.JSON:
                    lines = b",\n".join(map(msgspec.json.encode, rows))
                    yield (b"\n" if first else b",\n") + lines
            first = False
    if form is Form.JSON:
        yield b"]}\n"


def _begin(report: Report, form: Form) -> bytes:
    if form is Form.CSV:
        return _csv([list(report.row.__struct_encode_fields__)])
    return msgspec.json.encode(report.head).removesuffix(b"}") + b',"lines":['


def _csv(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


async def _in_chunks(
    lines: AsyncGenerator[msgspec.Struct, None],
) -> AsyncGenerator[list[msgspec.Struct], None]:
    chunk: list[msgspec.Struct] = []
    async with aclosing(lines):
        async for line in lines:
            chunk.append(line)
            if len(chunk) == LINES_A_CHUNK:
                yield chunk
                chunk = []
    if chunk:
        yield chunk
