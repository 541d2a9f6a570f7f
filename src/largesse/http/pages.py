"""Serve the built web front end: hashed files for a year, the shell for every page.

The shell is read from disk when it changes, so a new build needs no restart.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

import anyio
from litestar import MediaType, Response, get

from largesse.kernel.errors import NotFound

YEAR = "public, max-age=31536000, immutable"
SHORT = "public, max-age=3600"

# Scripts come from our own files only; styles may be inline because animations set them.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
MISSING = (
    "<!doctype html><title>Largesse</title><p>The web front end is not built yet: "
    "run <code>make web</code>. The API is at <a href=/docs>/docs</a>."
)


def pages(home: Path) -> object:
    """The route that answers everything which no API route claims."""

    @get(["/", "/{path:path}"], include_in_schema=False, cache_control=None)
    async def page(path: str = "") -> Response[bytes]:
        """A file of the front end, or its shell for the addresses of pages."""
        wanted = path.strip("/")
        if wanted.startswith(("v1/", "docs/")) or wanted == "v1":
            raise NotFound
        file = (home / wanted).resolve()
        if wanted and file.is_relative_to(home.resolve()) and file.is_file():
            lasting = YEAR if wanted.startswith("assets/") else SHORT
            return await _file(file, cache=lasting)
        if "." in wanted.rsplit("/", 1)[-1]:
            raise NotFound
        shell = home / "index.html"
        if not shell.is_file():
            return Response(MISSING.encode(), media_type=MediaType.HTML)
        return await _file(shell, cache="no-cache")

    return page


async def _file(file: Path, *, cache: str) -> Response[bytes]:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = HEADERS | {"Cache-Control": cache}
    return Response(await anyio.Path(file).read_bytes(), media_type=kind, headers=headers)
