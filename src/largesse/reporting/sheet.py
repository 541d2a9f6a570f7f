"""Write a report line by line, as CSV or JSON, whatever its length."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass

import msgspec

from largesse.reporting.model import Form

LINES_A_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Report:
    """A name for its file, what is said once, and its lines, which can be read once."""

    name: str
    head: Mapping[str, object]
    row: type[msgspec.Struct]
    lines: AsyncIterator[msgspec.Struct]


async def each(rows: Iterable[msgspec.Struct]) -> AsyncIterator[msgspec.Struct]:
    """Rows that are all there already, as the lines of a report."""
    for row in rows:
        yield row


async def written(report: Report, form: Form) -> AsyncIterator[bytes]:
    """The report in pieces. Both forms say the same: a CSV's rows are the JSON's `lines`."""
    yield _begin(report, form)
    first = True
    async for rows in _in_chunks(report.lines):
        match form:
            case Form.CSV:
                yield _csv([list(msgspec.to_builtins(row).values()) for row in rows])
            case Form.JSON:
                yield (b"\n" if first else b",\n") + b",\n".join(map(msgspec.json.encode, rows))
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


async def _in_chunks(lines: AsyncIterator[msgspec.Struct]) -> AsyncIterator[list[msgspec.Struct]]:
    chunk: list[msgspec.Struct] = []
    async for line in lines:
        chunk.append(line)
        if len(chunk) == LINES_A_CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
