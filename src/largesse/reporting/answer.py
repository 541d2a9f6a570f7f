"""A report as an HTTP answer: in the form that was asked for, and never half of one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from litestar import Request, Response
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, Schema
from litestar.response import Stream

from largesse.reporting.model import Form
from largesse.reporting.sheet import Report, written

MEDIA_TYPES = {Form.JSON: "application/json", Form.CSV: "text/csv"}
MEMORY_BYTES_MAX = 1 << 20
CHUNK_BYTES = 1 << 16


@dataclass
class ReportOperation(Operation):
    """Describes that a report may also be had as CSV."""

    def __post_init__(self) -> None:
        """Name the second form beside the first."""
        answer = (self.responses or {}).get("200")
        content = getattr(answer, "content", None)
        if content is not None:
            content[MEDIA_TYPES[Form.CSV]] = OpenAPIMediaType(
                schema=Schema(type=OpenAPIType.STRING)
            )


async def answered(
    opened: AbstractAsyncContextManager[Report],
    *,
    form: Form | None,
    request: Request[Any, Any, Any],
) -> Response[Any]:
    """Write the report aside, then send it.

    Whoever reads slowly holds no snapshot of the books, and what breaks on the way
    is a problem instead of half a sheet.
    """
    form = form or _accepted(request)
    file = _aside()
    try:
        async with opened as report:
            name = f"{report.name}.{form.value}"
            async with aclosing(written(report, form)) as pieces:
                async for piece in pieces:
                    file.write(piece)
    except BaseException:
        file.close()
        raise
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if form is Form.CSV:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Stream(_read(file), media_type=MEDIA_TYPES[form], headers=headers)


def _accepted(request: Request[Any, Any, Any]) -> Form:
    best = request.accept.best_match([*MEDIA_TYPES.values()], default=MEDIA_TYPES[Form.JSON])
    return Form.CSV if best == MEDIA_TYPES[Form.CSV] else Form.JSON


def _aside() -> IO[bytes]:
    return SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(CHUNK_BYTES):
            yield piece
