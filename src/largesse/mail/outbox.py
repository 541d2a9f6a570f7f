"""Put letters into the outbox, and carry them out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from largesse.kernel.database import Connection, Database
from largesse.kernel.errors import LargesseError
from largesse.mail import model, store
from largesse.mail.carrier import Accepted, Answer, Carrier, Refused, Unknown
from largesse.mail.model import Attachment, Letter

# Longer than a carrier may take, so that two workers never send the same letter at once.
LEASE_SECONDS = 120
ROUND_MAX = 50
AT_ONCE = 5
KEPT_FOR = timedelta(days=30)

log = structlog.get_logger("largesse.mail")


class Printer(Protocol):
    """Whoever prints the paper that goes with a letter."""

    async def __call__(self, paper: UUID) -> Attachment: ...


async def put_letters(connection: Connection, letters: Sequence[Letter]) -> None:
    """Put letters into the outbox, in the transaction of whatever they tell."""
    await store.insert(connection, letters)


async def send_mail(
    database: Database, carrier: Carrier, printer: Printer, *, sender: str, now: datetime
) -> int:
    """Carry out what is due, some at a time; returns how many letters were taken.

    A worker that dies in between leaves letters that are due again in two minutes. One that
    the server took without our hearing of it leaves twice, under the same Message-ID.
    """
    async with database.work() as connection:
        until = now + timedelta(seconds=LEASE_SECONDS)
        due = await store.claim_due(connection, now=now, until=until, limit=ROUND_MAX)
        await store.delete_done(connection, before=now - KEPT_FOR, limit=ROUND_MAX)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(letter: Letter) -> bool:
        async with gate:
            answer = await _carried(carrier, printer, letter, sender=sender)
        await _note(database, letter, answer, now=now)
        return isinstance(answer, Accepted)

    return sum(await asyncio.gather(*(one(letter) for letter in due)))


async def _carried(carrier: Carrier, printer: Printer, letter: Letter, *, sender: str) -> Answer:
    try:
        paper = None if letter.attached is None else await printer(letter.attached)
        message = model.message_of(letter, paper, sender=sender)
    except LargesseError as error:
        return Unknown(f"cannot print: {error.code}")
    except Exception as error:
        # One letter that cannot be written must not stop the others.
        log.exception("mail_unwritable", letter=str(letter.id), kind=letter.kind)
        return Refused(repr(error))
    return await carrier.carry(message)


async def _note(database: Database, letter: Letter, answer: Answer, *, now: datetime) -> None:
    async with database.work() as connection:
        match answer:
            case Accepted():
                await store.mark_sent(connection, letter=letter.id, at=now)
            case Refused(why):
                log.warning("mail_refused", letter=str(letter.id), kind=letter.kind, why=why)
                await store.mark_trouble(connection, letter=letter.id, why=why, next_try_at=None)
            case Unknown(why):
                again = model.next_try(letter, now=now)
                if again is None:
                    log.error("mail_given_up", letter=str(letter.id), kind=letter.kind, why=why)
                await store.mark_trouble(connection, letter=letter.id, why=why, next_try_at=again)
