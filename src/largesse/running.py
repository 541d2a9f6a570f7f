"""Start and stop the whole house, or only the application."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import structlog
import uvicorn
import uvloop
from rich.console import Console

from largesse import demo
from largesse.catalogue import stock
from largesse.kernel import logs
from largesse.kernel.clock import SystemClock
from largesse.kernel.companion import companion
from largesse.kernel.database import Database
from largesse.kernel.memory import calm_memory
from largesse.kernel.migrations.standing import MigrationFailed, Phase, bring_up_to_date
from largesse.kernel.postgres import PostgresTrouble, embedded
from largesse.main import build
from largesse.settings import SECRET_LENGTH_MIN, Settings, SettingsRefused

PROVIDER_KNOCKS_MAX = 200
SECRET_NAMES = ("secret", "sandbox_key", "sandbox_notice_secret")

log = structlog.get_logger()


def whole_house(settings: Settings, console: Console) -> int:
    """`make run`: everything on this machine, until Ctrl-C."""
    if settings.is_production:
        raise SettingsRefused("largesse run is for development; use serve in production")
    _require_free_ports(settings)
    logs.configure(level=settings.log_level)
    settings = with_secrets(settings)
    try:
        return uvloop.run(_run_all(settings, console))
    except (PostgresTrouble, MigrationFailed) as trouble:
        console.print(f"[red]{trouble}[/red]")
        return 1
    except KeyboardInterrupt:
        return 0


def serve(settings: Settings, url: str) -> int:
    """The application alone, until a signal."""
    if len(settings.secret) < SECRET_LENGTH_MIN:
        raise SettingsRefused(f"LARGESSE_SECRET needs at least {SECRET_LENGTH_MIN} characters")
    logs.configure(level=settings.log_level)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(_server(settings, url).serve())
    return 0


def migrated(owner_url: str, phase: Phase = Phase.ALL) -> None:
    """Bring a database to the newest schema and stock what an empty one lacks."""
    bring_up_to_date(owner_url, phase)
    uvloop.run(_stocked(owner_url))


async def _run_all(settings: Settings, console: Console) -> int:
    async with AsyncExitStack() as stack:
        # First, because it needs nothing of ours and starts while the database does.
        await stack.enter_async_context(_sandbox(settings))
        app_url, owner_url = settings.database_url, settings.migration_url
        if not app_url:
            console.print("Starting the database …", style="dim")
            urls = await stack.enter_async_context(embedded(settings.data_dir))
            app_url, owner_url = urls.app, urls.owner
        await asyncio.to_thread(bring_up_to_date, owner_url or app_url)
        await _stocked(owner_url or app_url)
        await _seeded(app_url, SystemClock(settings.clock_offset_s))
        server = _server(settings, app_url)
        await stack.enter_async_context(_crowd_once_open(server, settings, console))
        await server.serve()
        console.print("Stopping …", style="dim")
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """A server that says when its doors are open."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.opened = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        calm_memory()
        self.opened.set()


def _server(settings: Settings, url: str) -> _Server:
    config = uvicorn.Config(
        build(settings, url),
        host=settings.host,
        port=settings.port,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        backlog=2048,
    )
    return _Server(config)


def _sandbox(settings: Settings) -> contextlib.AbstractAsyncContextManager[None]:
    """The payment provider of the demo: an outside party in a process of its own."""
    return companion(
        "sandbox",
        [sys.executable, "-m", "largesse.sandbox", "--port", str(settings.sandbox_port)],
        environment={
            "LARGESSE_DATA_DIR": str(settings.data_dir),
            "LARGESSE_SANDBOX_URL": settings.sandbox_origin,
            "LARGESSE_SANDBOX_KEY": settings.sandbox_key,
            "LARGESSE_SANDBOX_NOTICE_SECRET": settings.sandbox_notice_secret,
            "LARGESSE_SANDBOX_NOTICE_URL": f"http://{settings.host}:{settings.port}"
            "/v1/notices/sandbox",
        },
    )


@asynccontextmanager
async def _crowd_once_open(
    server: _Server, settings: Settings, console: Console
) -> AsyncIterator[None]:
    """Greet the newcomer once the doors are open, and let the crowd in."""

    async def open_doors() -> None:
        await server.opened.wait()
        await _provider_opened(settings)
        _greet(settings, console)
        if settings.simulate:
            here = f"http://{settings.host}:{settings.port}"
            command = [sys.executable, "-m", "largesse.crowd", "--url", here]
            folder = str(settings.data_dir)
            async with companion("crowd", command, environment={"LARGESSE_DATA_DIR": folder}):
                await asyncio.Event().wait()

    task = asyncio.create_task(open_doors())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _provider_opened(settings: Settings) -> None:
    """Whoever is greeted will soon pay; give the provider a moment to open its own doors."""
    async with httpx.AsyncClient(base_url=settings.sandbox_origin) as client:
        for _ in range(PROVIDER_KNOCKS_MAX):
            with contextlib.suppress(httpx.TransportError):
                await client.get("/sandbox/healthz")
                return
            await asyncio.sleep(0.05)


def _greet(settings: Settings, console: Console) -> None:
    console.print()
    console.print(f"  [bold]Largesse[/bold] is open at [bold]{settings.origin}[/bold]")
    console.print(f"  Live rooms   {settings.origin}/")
    console.print(f"  Studio       {settings.origin}/studio   (as oto)")
    console.print(f"  API          {settings.origin}/docs")
    console.print(f"  Mail         {settings.sandbox_origin}/sandbox/mail")
    console.print()
    console.print("  Demo logins: creator [bold]oto[/bold], viewer [bold]mira[/bold],", end=" ")
    console.print(f"operator [bold]ada[/bold]; password [bold]{demo.PASSWORD}[/bold]")
    console.print("  Test card:   4242 4242 4242 4242, any date and code")
    console.print("  Ctrl-C stops everything.", style="dim")
    console.print()


async def _stocked(owner_url: str) -> None:
    database = Database(owner_url, connections_max=2)
    await database.open()
    try:
        async with database.work() as connection:
            await stock(connection)
    finally:
        await database.close()


async def _seeded(app_url: str, clock: SystemClock) -> None:
    database = Database(app_url, connections_max=2)
    await database.open()
    try:
        await demo.seed(database, clock)
    finally:
        await database.close()


def with_secrets(settings: Settings) -> Settings:
    """Development secrets that survive a restart: made once, readable by us alone."""
    file = settings.data_dir / "secrets.json"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    kept: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}
    for name in SECRET_NAMES:
        kept.setdefault(name, secrets.token_urlsafe(32))
    _write_private(file, json.dumps(kept))
    missing = {name: kept[name] for name in SECRET_NAMES if not getattr(settings, name)}
    return replace(settings, **missing)  # type: ignore[arg-type]  # these settings are all texts


def _write_private(file: Path, text: str) -> None:
    draft = file.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)


def _require_free_ports(settings: Settings) -> None:
    for name in ("port", "gateway_port", "sandbox_port"):
        number = getattr(settings, name)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.host, number))
            except OSError:
                raise SettingsRefused(
                    f"Port {number} is taken; is Largesse running already?"
                    f" LARGESSE_{name.upper()} chooses another."
                ) from None
