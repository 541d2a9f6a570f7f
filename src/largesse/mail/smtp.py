"""Hand letters to a mail server (SMTP with STARTTLS)."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from largesse.mail.carrier import Accepted, Answer, Refused, Unknown
from largesse.settings import MailSettings

# A server may greet slowly on purpose; RFC 5321 asks for patience, our lease for an end.
TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Smtp:
    """One server that takes our mail; each letter has a connection of its own."""

    settings: MailSettings

    async def carry(self, message: EmailMessage) -> Answer:
        """Refused only where the server says so for good (5xx); everything else is tried again."""
        told = self.settings
        try:
            await aiosmtplib.send(
                message,
                hostname=told.host,
                port=told.port,
                username=told.user or None,
                password=told.password or None,
                start_tls=told.starttls,
                timeout=TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            first = refusal.recipients[0]
            return _answer(first.code, first.message)
        except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPSenderRefused) as error:
            # Our own settings are wrong, not the letter; an operator can mend them in time.
            return Unknown(str(error))
        except aiosmtplib.SMTPResponseException as refusal:
            return _answer(refusal.code, refusal.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            return Unknown(repr(error))
        return Accepted()


def _answer(code: int, said: str) -> Answer:
    return Refused(f"{code} {said}") if code >= 500 else Unknown(f"{code} {said}")
