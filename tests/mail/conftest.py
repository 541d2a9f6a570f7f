"""A real mail server that a test can switch off and on, and that can be in a bad mood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest_asyncio
from aiosmtpd.smtp import SMTP, Envelope, Session

from largesse.mail import Smtp
from largesse.settings import MailSettings
from tests.sandbox.provider import free_port


@dataclass
class MailServer:
    """Takes mail at a port; `answers` are said to the next letters in place of yes."""

    port: int = field(default_factory=free_port)
    taken: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", self.port
        )

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        answer = self.answers.pop(0) if self.answers else "250 OK"
        content: Any = envelope.content
        if answer.startswith("250") or answer == "drop":
            message = BytesParser(policy=policy.default).parsebytes(content)
            self.taken.append(message)
        if answer == "drop":
            # Taken, and then the line breaks before anybody says so.
            transport = server.transport
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
        return answer

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    @property
    def carrier(self) -> Smtp:
        return Smtp(MailSettings(is_on=True, host="127.0.0.1", port=self.port, starttls=False))


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[MailServer]:
    """A mail server that is up."""
    made = MailServer()
    await made.start()
    yield made
    await made.stop()
