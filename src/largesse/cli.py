"""The command line: run, serve, migrate, settings, check, and the API's document."""

from __future__ import annotations

import sys
from pathlib import Path

import cyclopts
import msgspec
from rich.console import Console

from largesse import __version__, running
from largesse.auditing import audit_books
from largesse.crowd import simulate
from largesse.http.description import describe
from largesse.ledger import NotASeal, read_kept_seal
from largesse.main import build
from largesse.settings import SettingsRefused, described, read_settings

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
def migrate() -> int:
    """Bring the database to this version's schema, as its owner (LARGESSE_MIGRATION_URL)."""
    settings = read_settings()
    if not settings.migration_url:
        raise SettingsRefused("largesse migrate needs LARGESSE_MIGRATION_URL")
    running.migrated(settings.migration_url)
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


def main() -> None:
    """The entry point; a setting that cannot be used ends in one clear line."""
    try:
        sys.exit(app())
    except SettingsRefused as refusal:
        console.print(f"[red]{refusal}[/red]")
        sys.exit(2)
