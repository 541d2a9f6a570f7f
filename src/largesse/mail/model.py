"""A letter, how it is put on the wire, and how long it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from uuid import UUID

TRY_FOR = timedelta(days=3)
FIRST_WAIT_SECONDS = 30
WAIT_SECONDS_MAX = 6 * 3600


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. `attached` is a paper that is printed when the letter leaves."""

    id: UUID
    kind: str
    recipient: str
    subject: str
    text: str
    html: str
    made_at: datetime
    attached: UUID | None = None
    tries: int = 0


def message_of(letter: Letter, attachment: Attachment | None, *, sender: str) -> EmailMessage:
    """The message as it leaves: the same letter is the same message, however often it is sent."""
    message = EmailMessage()
    message["Message-ID"] = f"<{letter.id.hex}@{_domain(sender)}>"
    message["Date"] = format_datetime(letter.made_at)
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if attachment is not None:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.body, maintype=main, subtype=sub, filename=attachment.name
        )
    return message


def next_try(letter: Letter, *, now: datetime) -> datetime | None:
    """When a letter that nobody took is tried again; None when it has been tried for long enough."""
    if now >= letter.made_at + TRY_FOR:
        return None
    # The exponent is bounded so that a long outage makes no huge number.
    wait = min(FIRST_WAIT_SECONDS << min(letter.tries, 16), WAIT_SECONDS_MAX)
    return now + timedelta(seconds=wait)


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
