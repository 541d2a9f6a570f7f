"""`largesse audit`: prove the books from the command line, with a bar to watch."""

from __future__ import annotations

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from largesse.kernel.database import Database
from largesse.kernel.postgres import reached
from largesse.ledger import AuditReport, audit
from largesse.settings import Settings


def audit_books(settings: Settings, console: Console) -> int:
    """Check every book while it is in use; 0 when all adds up, 1 with the first wrong rows."""
    with reached(settings) as url:
        report = uvloop.run(_audited(url, console))
    console.print(
        f"{report.transfers:,} transfers of {report.accounts:,} accounts;"
        f" {report.coins_issued:,} coins issued + {report.coins_owed:,} owed"
        f" = {report.coins_outstanding:,} in purses + {report.coins_escrowed:,} in escrow"
        f" + {report.coins_gone:,} spent, expired or returned.",
        highlight=False,
    )
    for finding in report.findings:
        where = f"account {finding.account}, journal {finding.seq}"
        console.print(f"[red]{finding.check}[/red] · {where} · {finding.detail}", highlight=False)
    verdict = (
        "[green]The books are right.[/green]" if report.ok else "[red]The books are wrong.[/red]"
    )
    console.print(verdict)
    return 0 if report.ok else 1


async def _audited(url: str, console: Console) -> AuditReport:
    database = Database(url, connections_max=2, patient=True)
    await database.open()
    columns = (
        TextColumn("Auditing purses"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("audit", total=None)
            return await audit(
                database,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    finally:
        await database.close()
