"""Where letters go as the settings say: a mail server, a folder in development, or nowhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from largesse.mail.carrier import Accepted, Answer, Carrier, Refused, Unknown
from largesse.mail.smtp import Smtp
from largesse.settings import Settings


@dataclass(frozen=True, slots=True)
class Folder:
    """Development: a letter is a file, so that a laptop needs no mail server."""

    path: Path

    async def carry(self, message: EmailMessage) -> Answer:
        """Named after its Message-ID: a letter that comes twice is one file."""
        try:
            await asyncio.to_thread(self._write, message)
        except OSError as error:
            return Unknown(repr(error))
        return Accepted()

    def _write(self, message: EmailMessage) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        draft = self.path / f"{name}.new"
        draft.write_bytes(message.as_bytes())
        draft.replace(self.path / f"{name}.eml")


@dataclass(frozen=True, slots=True)
class Nowhere:
    """No mail server is set up; people find their receipts in the wallet."""

    async def carry(self, message: EmailMessage) -> Answer:
        """Refuse, so that nothing piles up."""
        return Refused("no mail server is set up (LARGESSE_MAIL_HOST)")


def configured(settings: Settings) -> Carrier:
    """The carrier of this house."""
    if settings.mail.is_on:
        return Smtp(settings.mail)
    return Nowhere() if settings.is_production else Folder(settings.data_dir / "mail")
