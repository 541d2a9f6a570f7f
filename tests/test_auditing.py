"""`largesse audit` as an operator sees it."""

from __future__ import annotations

import asyncio
import io

from rich.console import Console

from largesse import ledger
from largesse.auditing import audit_books
from largesse.ledger import KeptSeal, read_kept_seal
from largesse.settings import Settings
from tests.conftest import Doors
from tests.ledger.conftest import NOON


async def _audited(doors: Doors, kept: KeptSeal | None = None) -> tuple[int, str]:
    paper = Console(file=io.StringIO(), width=200)
    settings = Settings(database_url=doors.house.database.url)
    code = await asyncio.to_thread(audit_books, settings, paper, kept)
    assert isinstance(paper.file, io.StringIO)
    return code, paper.file.getvalue()


async def test_an_audit_prints_the_newest_seal_and_takes_it_back(doors: Doors) -> None:
    code, told = await _audited(doors)
    assert code == 0
    assert "Nothing is sealed yet." in told

    await doors.newcomer("sealed")
    await doors.give_coins("sealed", 100)
    for _ in range(3):
        await ledger.roll_up(doors.house.database)
    assert await ledger.seal(doors.house.database, at=NOON) == 1
    code, told = await _audited(doors)
    assert code == 0
    assert "Sealed up to journal 1 at 2026-03-04 12:00:00 UTC; 0 journals since." in told
    kept = read_kept_seal(next(line for line in told.splitlines() if line.startswith("1:")))

    code, told = await _audited(doors, kept)
    assert code == 0
    assert "The chain contains the seal of block 1 that was kept." in told
    assert "The books are right." in told


async def test_an_audit_that_misses_a_kept_seal_fails(doors: Doors) -> None:
    code, told = await _audited(doors, KeptSeal(7, bytes(32)))
    assert code == 1
    assert "kept seal · the chain has no block 7" in told
    assert "The books are wrong." in told
