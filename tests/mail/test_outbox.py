"""The outbox with a real mail server: down, slow to say yes, and up again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from largesse.kernel import ids
from largesse.kernel.database import Database
from largesse.kernel.errors import NotFound, Unavailable
from largesse.mail import (
    Attachment,
    Carrier,
    Folder,
    Letter,
    Nowhere,
    Smtp,
    configured,
    put_letters,
    send_mail,
)
from largesse.settings import MailSettings, Settings
from tests.mail.conftest import MailServer

SENDER = "Largesse <coins@live.example>"


async def print_any(paper: UUID) -> Attachment:
    return Attachment(f"receipt-{paper.hex}.pdf", "application/pdf", b"%PDF " + paper.bytes)


def letter(now: datetime, **more: Any) -> Letter:
    made = Letter(
        id=ids.make(), kind="receipt", recipient="mira@example.org", subject="Your receipt",
        text="Hello Mira,\n", html="<p>Hello Mira,</p>", made_at=now,
    )  # fmt: skip
    return replace(made, **more)


async def put(database: Database, *letters: Letter) -> None:
    async with database.work() as connection:
        await put_letters(connection, letters)


async def send(database: Database, carrier: Carrier, *, now: datetime) -> int:
    return await send_mail(database, carrier, print_any, sender=SENDER, now=now)


async def row(database: Database, one: Letter) -> tuple[Any, ...]:
    async with database.read() as connection:
        found = await connection.execute(
            "select sent_at is not null, next_try_at, tries, trouble from mail where id = %s",
            (one.id,),
        )
        kept = await found.fetchone()
    assert kept is not None
    return tuple(kept)


async def test_a_letter_leaves_once_with_its_paper(
    database: Database, server: MailServer, now: datetime
) -> None:
    one = letter(now, attached=ids.make(), recipient="Ümit@example.org".replace("Ü", "u"))
    await put(database, one)
    assert await send(database, server.carrier, now=now) == 1
    assert await send(database, server.carrier, now=now + timedelta(hours=1)) == 0
    message = server.taken[0]
    assert message["To"] == one.recipient
    parts = list(message.iter_attachments())
    assert one.attached is not None
    assert parts[0].get_payload(decode=True) == b"%PDF " + one.attached.bytes
    assert (await row(database, one))[:2] == (True, None)


async def test_a_letter_exists_only_if_its_cause_does(
    database: Database, server: MailServer, now: datetime
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.work() as connection:
            await put_letters(connection, [letter(now)])
            raise ZeroDivisionError
    assert await send(database, server.carrier, now=now) == 0


async def test_a_server_that_is_down_gets_it_when_it_is_up(
    database: Database, server: MailServer, now: datetime
) -> None:
    await server.stop()
    one = letter(now)
    await put(database, one)
    assert await send(database, server.carrier, now=now) == 0
    is_sent, again, tries, trouble = await row(database, one)
    assert (is_sent, tries) == (False, 1)
    assert again > now
    assert trouble
    assert await send(database, server.carrier, now=now) == 0, "not before its time"
    assert (await row(database, one))[2] == 1
    await server.start()
    assert await send(database, server.carrier, now=again) == 1
    assert len(server.taken) == 1


async def test_a_letter_that_was_taken_without_a_word_comes_again_under_its_name(
    database: Database, server: MailServer, now: datetime
) -> None:
    server.answers = ["drop"]
    one = letter(now)
    await put(database, one)
    assert await send(database, server.carrier, now=now) == 0
    later = now + timedelta(minutes=5)
    assert await send(database, server.carrier, now=later) == 1
    assert len({message["Message-ID"] for message in server.taken}) == 1
    assert len(server.taken) == 2


async def test_a_refusal_for_good_is_the_end(
    database: Database, server: MailServer, now: datetime
) -> None:
    unknown, unwanted = letter(now, recipient="nobody@example.org"), letter(now)
    server.answers = ["554 we do not want this"]
    await put(database, unknown, unwanted)
    assert await send(database, server.carrier, now=now) == 0
    for one in (unknown, unwanted):
        is_sent, again, _, trouble = await row(database, one)
        assert (is_sent, again) == (False, None)
        assert trouble.startswith("55")


async def test_a_server_that_says_later_is_asked_later(
    database: Database, server: MailServer, now: datetime
) -> None:
    server.answers = ["451 come back"]
    one = letter(now)
    await put(database, one)
    assert await send(database, server.carrier, now=now) == 0
    assert (await row(database, one))[1] is not None
    assert await send(database, server.carrier, now=now + timedelta(minutes=5)) == 1


async def test_after_three_days_a_letter_is_given_up(
    database: Database, server: MailServer, now: datetime
) -> None:
    await server.stop()
    one = letter(now)
    await put(database, one)
    await send(database, server.carrier, now=now + timedelta(days=2))
    assert (await row(database, one))[1] is not None
    await send(database, server.carrier, now=now + timedelta(days=3))
    is_sent, again, _, trouble = await row(database, one)
    assert (is_sent, again) == (False, None)
    assert trouble


async def test_workers_at_once_send_each_letter_once(
    database: Database, server: MailServer, now: datetime
) -> None:
    letters = [letter(now) for _ in range(30)]
    await put(database, *letters)
    counts = await asyncio.gather(*(send(database, server.carrier, now=now) for _ in range(4)))
    assert sum(counts) == 30
    names = [message["Message-ID"] for message in server.taken]
    assert len(names) == len(set(names)) == 30


async def test_a_letter_that_cannot_be_written_holds_nobody_up(
    database: Database, server: MailServer, now: datetime
) -> None:
    bad, good = letter(now, subject="two\nlines"), letter(now)
    await put(database, bad, good)
    assert await send(database, server.carrier, now=now) == 1
    assert (await row(database, bad))[:2] == (False, None)


@pytest.mark.parametrize("trouble", [NotFound, Unavailable])
async def test_a_paper_that_cannot_be_printed_now_is_tried_again(
    database: Database, server: MailServer, now: datetime, trouble: type[Exception]
) -> None:
    async def no_printer(paper: UUID) -> Attachment:
        raise trouble

    one = letter(now, attached=ids.make())
    await put(database, one)
    await send_mail(database, server.carrier, no_printer, sender=SENDER, now=now)
    assert (await row(database, one))[1] is not None
    assert await send(database, server.carrier, now=now + timedelta(minutes=5)) == 1


async def test_old_letters_are_forgotten(
    database: Database, server: MailServer, now: datetime
) -> None:
    one = letter(now)
    await put(database, one)
    await send(database, server.carrier, now=now)
    await send(database, server.carrier, now=now + timedelta(days=31))
    async with database.read() as connection:
        found = await connection.execute("select from mail where id = %s", (one.id,))
        assert await found.fetchone() is None


async def test_in_development_a_letter_is_a_file(tmp_path: Path, database: Database) -> None:
    now = datetime.now(UTC)
    one = letter(now)
    await put(database, one)
    assert await send(database, Folder(tmp_path / "mail"), now=now) == 1
    assert [file.name for file in (tmp_path / "mail").iterdir()] == [f"{one.id.hex}.eml"]


def test_the_settings_say_where_letters_go(tmp_path: Path) -> None:
    development = Settings(data_dir=tmp_path)
    assert configured(development) == Folder(tmp_path / "mail")
    assert configured(replace(development, env="production")) == Nowhere()
    told = MailSettings(is_on=True, host="mail.example")
    assert configured(replace(development, mail=told)) == Smtp(told)


async def test_without_a_server_nothing_piles_up(database: Database, now: datetime) -> None:
    one = letter(now)
    await put(database, one)
    await send(database, Nowhere(), now=now)
    assert (await row(database, one))[1] is None
