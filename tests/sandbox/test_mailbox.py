"""The mailbox of development shows the letters that would have left."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from largesse.mail import Attachment, Folder, Letter
from largesse.mail.model import message_of
from tests.sandbox.provider import SandboxProcess, sandbox_process

LETTER = Letter(
    id=UUID(int=7),
    kind="receipt",
    recipient="mira@example.org",
    subject="Your receipt <b>2026-000001</b>",
    text="Hello <script>Mira</script>,\n",
    html="<p>Hello</p>",
    made_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
)
PAPER = Attachment("receipt-2026-000001.pdf", "application/pdf", b"%PDF-1.7 here")


async def test_letters_are_listed_and_read_with_their_files() -> None:
    with sandbox_process("http://127.0.0.1:9/nobody") as sandbox:
        async with httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            assert "No mail yet" in (await http.get("/sandbox/mail")).text
            await written(sandbox)
            listed = (await http.get("/sandbox/mail")).text
            assert "<b>2026" not in listed
            assert f"/sandbox/mail/{LETTER.id.hex}" in listed
            shown = (await http.get(f"/sandbox/mail/{LETTER.id.hex}")).text
            assert "&lt;script&gt;Mira" in shown
            assert PAPER.name in shown
            paper = await http.get(f"/sandbox/mail/{LETTER.id.hex}/0")
            assert (paper.content, paper.headers["content-type"]) == (PAPER.body, PAPER.media_type)
            for wrong in (f"{LETTER.id.hex}/1", "..%2Fsandbox", "none"):
                assert (await http.get(f"/sandbox/mail/{wrong}")).status_code == 404


async def written(sandbox: SandboxProcess) -> None:
    message = message_of(LETTER, PAPER, sender="Largesse <coins@localhost>")
    await Folder(sandbox.folder / "mail").carry(message)


@pytest.mark.parametrize("name", ["a.b", "..", "%2e%2e%2fetc"])
async def test_a_letters_name_leads_nowhere_else(name: str) -> None:
    with sandbox_process("http://127.0.0.1:9/nobody") as sandbox:
        async with httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            assert (await http.get(f"/sandbox/mail/{name}")).status_code in (200, 404)
            assert "eml" not in (await http.get(f"/sandbox/mail/{name}")).text
