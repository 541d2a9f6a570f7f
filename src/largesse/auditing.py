"""`largesse audit`: prove the books from the command line, with a bar to watch."""

from __future__ import annotations

import uvloop
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from largesse.kernel.database import Database
from largesse.kernel.postgres import reached
from largesse.ledger import AuditReport, KeptSeal, Part, audit
from largesse.settings import Settings


def audit_books(settings: Settings, console: Console, kept: KeptSeal | None = None) -> int:
    """Check every book while it is in use; 0 when all adds up, 1 with the first wrong rows.

    With a seal that was kept elsewhere, also that the books before it are the same still.
    """
    with reached(settings) as url:
        report = uvloop.run(_audited(url, console, kept))
    _show(report, console, kept)
    return 0 if report.ok else 1


def _show(report: AuditReport, console: Console, kept: KeptSeal | None) -> None:
    console.print(
        f"{report.transfers:,} transfers of {report.journals:,} journals, {report.purses:,} purses;"
        f" {report.coins_issued:,} coins issued + {report.coins_owed:,} owed"
        f" = {report.coins_outstanding:,} in purses + {report.coins_escrowed:,} in escrow"
        f" + {report.coins_gone:,} spent, expired or returned.",
        highlight=False,
    )
    if report.seal is None:
        console.print("Nothing is sealed yet.")
    else:
        console.print(
            f"Sealed up to journal {report.seal.seq_to:,} at {report.seal.at:%Y-%m-%d %H:%M:%S} UTC;"
            f" {report.unsealed:,} journals since. Keep the newest seal where nobody can reach"
            f" both:\n{report.seal.block}:{report.seal.digest.hex()}",
            highlight=False,
            soft_wrap=True,
        )
    for finding in report.findings:
        known = ("account", finding.account), ("journal", finding.seq)
        where = "".join(f" · {what} {number}" for what, number in known if number is not None)
        console.print(f"[red]{finding.check}[/red]{where} · {finding.detail}", highlight=False)
    if report.ok and kept is not None:
        console.print(f"The chain contains the seal of block {kept.block} that was kept.")
    verdict = (
        "[green]The books are right.[/green]" if report.ok else "[red]The books are wrong.[/red]"
    )
    console.print(verdict)


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")


async def _audited(url: str, console: Console, kept: KeptSeal | None) -> AuditReport:
    database = Database(url, connections_max=2, patient=True)
    await database.open()
    columns = (
        TextColumn("Auditing {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            tasks = {part: bar.add_task(part, total=None, start=False) for part in Part}

            def show(part: Part, done: int, total: int) -> None:
                bar.start_task(tasks[part])
                bar.update(tasks[part], completed=done, total=total)

            return await audit(database, kept=kept, progress=show)
    finally:
        await database.close()
