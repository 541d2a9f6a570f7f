"""A letter on the wire, and how long it is tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from largesse.mail import Attachment, Letter, receipt
from largesse.mail.model import TRY_FOR, message_of, next_try

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LETTER = Letter(
    id=UUID(int=7),
    kind="receipt",
    recipient="mira@example.org",
    subject="Your receipt 2026-000001",
    text="Hello Mira,\n",
    html="<p>Hello Mira,</p>",
    made_at=NOON,
)
PAPER = Attachment("receipt-2026-000001.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")


def test_a_letter_has_one_message_id_however_often_it_leaves() -> None:
    first, again = [
        message_of(replace(LETTER, tries=tries), None, sender="Largesse <coins@live.example>")
        for tries in (1, 9)
    ]
    assert first["Message-ID"] == again["Message-ID"] == f"<{LETTER.id.hex}@live.example>"
    assert first["Date"] == "Mon, 23 Nov 2026 12:00:00 +0000"
    assert first["Auto-Submitted"] == "auto-generated"


def test_a_paper_goes_with_its_letter_byte_for_byte() -> None:
    message = message_of(LETTER, PAPER, sender="coins@live.example")
    parts = list(message.iter_attachments())
    assert [part.get_filename() for part in parts] == [PAPER.name]
    assert parts[0].get_payload(decode=True) == PAPER.body
    assert message.get_body(("html",)) is not None


@pytest.mark.parametrize("subject", ["Hi\nBcc: everybody@example.org", "Hi\r\n\r\nbody"])
def test_nobody_writes_headers_of_their_own(subject: str) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        message_of(replace(LETTER, subject=subject), None, sender="coins@live.example")


def test_waits_grow_and_end() -> None:
    waits = []
    for tries in range(1, 20):
        again = next_try(replace(LETTER, tries=tries), now=NOON)
        assert again is not None
        waits.append(again - NOON)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), timedelta(hours=6))
    assert next_try(LETTER, now=NOON + TRY_FOR) is None


def test_a_name_cannot_become_a_part_of_the_page() -> None:
    words = receipt(
        name="<script>alert(1)</script>{subject}", number="2026-000001", coins="350 coins",
        total="$4.99", paid_with="Card", url="https://live.example/recharge/rch_1",
    )  # fmt: skip
    assert "<script" not in words.html
    assert "https://live.example/recharge/rch_1?report=1" in words.text
    assert "https://live.example/recharge/rch_1?report=1" in words.html
