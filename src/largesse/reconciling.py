"""`largesse reconcile`: match a provider's settlement file from the command line."""

from __future__ import annotations

from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from largesse.kernel import ids
from largesse.kernel.clock import SystemClock
from largesse.kernel.database import Database
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money, minor
from largesse.kernel.postgres import reached
from largesse.recharge import OddLine, SettlementFile, odd_lines, reconcile_file
from largesse.settings import read_settings

ODD_LINES_SHOWN = 50

Found = tuple[SettlementFile, list[OddLine]]


def reconcile(provider: str, path: Path) -> int:
    """Match a settlement file (stripe, apple, google) with our orders; 1 when a person must look."""
    settings = read_settings()
    console = Console()

    async def matched(url: str) -> Found:
        database = Database(url, connections_max=2, patient=True)
        await database.open()
        try:
            now = SystemClock(settings.clock_offset_s).now()
            file = await reconcile_file(database, provider=provider, path=path, now=now)
            async with database.read() as connection:
                return file, await odd_lines(connection, file=file.id, limit=ODD_LINES_SHOWN)
        finally:
            await database.close()

    try:
        with reached(settings) as url:
            file, odd = uvloop.run(matched(url))
    except (LargesseError, OSError, UnicodeDecodeError) as refusal:
        said = refusal.detail if isinstance(refusal, LargesseError) else refusal
        console.print(str(said), style="red", markup=False)
        return 2
    _show(console, file, odd)
    return 1 if odd else 0


def _show(console: Console, file: SettlementFile, odd: list[OddLine]) -> None:
    console.print(
        f"{file.name}: {file.lines:,} lines of {file.provider},"
        f" {file.since:%Y-%m-%d} to {file.until:%Y-%m-%d} UTC",
        highlight=False,
        markup=False,
    )
    console.print(
        f"{file.matched:,} matched, {file.different:,} different, {file.extra:,} extra,"
        f" {file.missing:,} missing",
        highlight=False,
    )
    if not odd:
        return
    table = Table("line", "verdict", "why", "kind", "payment", "amount", "order")
    for line in odd:
        table.add_row(
            "" if line.number is None else str(line.number),
            line.verdict,
            line.why,
            line.kind,
            line.payment,
            minor(Money(line.gross, line.currency)).display,
            "" if line.recharge is None else ids.show("rch", line.recharge),
        )
    console.print(table)
