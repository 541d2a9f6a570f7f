"""The command line: one verb each for those who run the house."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import cyclopts
import msgspec
from rich.console import Console

from largesse import __version__, reports, running
from largesse.auditing import audit_books
from largesse.crowd import simulate
from largesse.http.description import describe
from largesse.issuing import codes
from largesse.kernel.migrations.standing import MigrationFailed, Phase
from largesse.kernel.postgres import PostgresTrouble, back_up, restore
from largesse.ledger import NotASeal, read_kept_seal
from largesse.main import build
from largesse.reconciling import reconcile
from largesse.settings import Settings, SettingsRefused, described, read_settings

app = cyclopts.App(
    name="largesse", version=__version__, help="A coin economy for live creators, self-hosted."
)
console = Console()


@app.command
def run() -> int:
    """Start everything: database, provider, application and a demo with life in it."""
    return running.whole_house(read_settings(), console)


@app.command
def serve() -> int:
    """Serve HTTP and the room socket on the database of LARGESSE_DATABASE_URL."""
    settings = read_settings()
    if not settings.database_url:
        raise SettingsRefused("largesse serve needs LARGESSE_DATABASE_URL")
    return running.serve(settings, settings.database_url)


@app.command
def migrate(*, phase: Literal["pre", "post", "all"] = "all") -> int:
    """Bring the database to this version's schema, as its owner (LARGESSE_MIGRATION_URL).

    On a busy house: `pre` while the old version still serves, `post` when no node of it is left.
    """
    settings = read_settings()
    if not settings.migration_url:
        raise SettingsRefused("largesse migrate needs LARGESSE_MIGRATION_URL")
    running.migrated(settings.migration_url, Phase(phase))
    console.print("The database is up to date.")
    return 0


@app.command
def audit(*, kept_seal: str | None = None) -> int:
    """Prove the books while they are in use; names the first wrong row if there is one.

    Parameters
    ----------
    kept_seal
        BLOCK:DIGEST as an earlier audit printed it; the chain must still contain it.

    """
    try:
        kept = None if kept_seal is None else read_kept_seal(kept_seal)
    except NotASeal as refusal:
        console.print(f"[red]{refusal}[/red]")
        return 2
    return audit_books(read_settings(), console, kept)


@app.command
def backup(folder: Path) -> int:
    """Back the embedded database up into a folder, and keep its log there from now on."""
    settings = _embedded(read_settings())
    copy = back_up(settings.data_dir, folder)
    _say(f"Copied and verified: {copy.folder}")
    _say(f"Any moment from {copy.at.isoformat()} on can be restored from {folder}.")
    return 0


@app.command(name="restore")
def restore_backup(folder: Path, *, to: str, into: Path) -> int:
    """Bring a backup back in a new data folder, as of a TIME with its zone or `latest`, and audit it."""
    settings = _embedded(read_settings())
    copy = restore(folder, into=into, to=_moment(to))
    until = "the end of its log" if to == "latest" else to
    _say(f"Restored into {into}: {copy.folder.name} and what followed until {until}.")
    return audit_books(replace(settings, data_dir=into), console)


@app.command(name="settings")
def list_settings() -> int:
    """List every setting, its value and what it is for; secrets stay hidden."""
    for line in described(read_settings()):
        console.print(line, highlight=False)
    return 0


@app.command
def check() -> int:
    """Say whether these settings can start, without starting anything."""
    read_settings()
    console.print("These settings can start.")
    return 0


@app.command
def openapi(path: Path) -> int:
    """Write the API's OpenAPI 3.1 document to a file."""
    document = describe(build(read_settings({}), ""))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")
    return 0


app.command(simulate)
app.command(reconcile)
app.command(reports.statement)
app.command(reports.trial_balance)
app.command(reports.unused_coins)
app.command(reports.breakage)
app.command(reports.operator)
app.command(codes)
app.command(reports.coupons)


def main() -> None:
    """The entry point; a setting that cannot be used ends in one clear line."""
    try:
        sys.exit(app())
    except SettingsRefused as refusal:
        console.print(f"[red]{refusal}[/red]")
        sys.exit(2)
    except (PostgresTrouble, MigrationFailed) as trouble:
        console.print(str(trouble), style="red", markup=False)
        sys.exit(1)


def _say(sentence: str) -> None:
    console.print(sentence, highlight=False, markup=False, soft_wrap=True)


def _embedded(settings: Settings) -> Settings:
    if settings.database_url:
        raise SettingsRefused(
            "This is for the embedded database; LARGESSE_DATABASE_URL names another, "
            "whose operators have pgBackRest, WAL-G or their provider's backups"
        )
    return settings


def _moment(text: str) -> datetime | None:
    """A moment as ISO 8601 with its zone; None for `latest`."""
    if text == "latest":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SettingsRefused(
            f"{text!r} is no moment; say latest, or a time with its zone: 2026-03-04T12:00:00Z"
        )
    return moment
