"""The mailbox of development: letters that would have gone to real people, as files and as a page."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import escape
from pathlib import Path

from litestar import Response, get
from litestar.exceptions import NotFoundException

SHOWN_MAX = 200
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


@get("/sandbox/mail", include_in_schema=False)
async def mailbox(mail: Path) -> Response[str]:
    """All letters, the newest first."""
    found = sorted(mail.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    rows = "".join(_row(file, _read(file)) for file in found[:SHOWN_MAX])
    return _page("Mail", rows or "<p class='fine'>No mail yet.</p>")


@get("/sandbox/mail/{name:str}", include_in_schema=False)
async def letter(mail: Path, name: str) -> Response[str]:
    """One letter: its text, and its files."""
    message = _read(_file(mail, name))
    body = message.get_body(("plain",))
    text = "" if body is None else str(body.get_content())
    files = "".join(
        f'<li><a href="/sandbox/mail/{name}/{place}">{escape(part.get_filename() or "file")}</a></li>'
        for place, part in enumerate(message.iter_attachments())
    )
    head = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(str(message[key]))}</dd>"
        for key in ("From", "To", "Date", "Message-ID")
    )
    content = (
        f"<dl>{head}</dl><pre style='white-space:pre-wrap'>{escape(text)}</pre><ul>{files}</ul>"
    )
    return _page(str(message["Subject"]), content)


@get("/sandbox/mail/{name:str}/{place:int}", include_in_schema=False)
async def attached(mail: Path, name: str, place: int) -> Response[bytes]:
    """A file that came with a letter."""
    parts = list(_read(_file(mail, name)).iter_attachments())
    if not 0 <= place < len(parts):
        raise NotFoundException
    part = parts[place]
    disposition = f'inline; filename="{part.get_filename() or "file"}"'
    body = part.get_payload(decode=True)
    assert isinstance(body, bytes), "a file is no letter of letters"
    return Response(
        body,
        media_type=part.get_content_type(),
        headers=_HEADERS | {"Content-Disposition": disposition},
    )


def _file(mail: Path, name: str) -> Path:
    """A letter's file; its name is letters and digits, so that it leads nowhere else."""
    file = mail / f"{name}.eml"
    if not name.isalnum() or not file.is_file():
        raise NotFoundException
    return file


def _read(file: Path) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(file.read_bytes())


def _row(file: Path, message: EmailMessage) -> str:
    subject, to = escape(str(message["Subject"])), escape(str(message["To"]))
    return f'<p><a href="/sandbox/mail/{file.stem}">{subject}</a><br><small>{to}</small></p>'


def _page(title: str, content: str) -> Response[str]:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/sandbox/style.css"><main>'
        f'<section class="sheet"><h2>{escape(title)}</h2>{content}'
        "</section></main></html>"
    )
    return Response(html, media_type="text/html", headers=_HEADERS)


handlers = [mailbox, letter, attached]
