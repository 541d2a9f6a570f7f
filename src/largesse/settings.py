"""Every setting, read once at the start from `LARGESSE_*` variables.

Nothing below `main` reads the environment. A value that cannot be used refuses
to start and says which one it was; `largesse settings` lists them all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

SECRET_LENGTH_MIN = 32


class SettingsRefused(Exception):
    """A setting is missing or cannot be used; the message says which and how to mend it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can turn. Defaults suit a laptop; production demands its secrets."""

    env: str = field(default="development", metadata={"about": "development or production"})
    host: str = field(default="127.0.0.1", metadata={"about": "address to listen on"})
    port: int = field(default=8400, metadata={"about": "HTTP port"})
    gateway_port: int = field(default=8401, metadata={"about": "room socket port"})
    sandbox_port: int = field(default=8402, metadata={"about": "sandbox provider's port"})
    public_url: str = field(default="", metadata={"about": "address that people type"})
    gateway_url: str = field(default="", metadata={"about": "room socket address for clients"})
    data_dir: Path = field(default=Path("var"), metadata={"about": "where everything is kept"})
    database_url: str = field(default="", metadata={"about": "PostgreSQL; empty = embedded"})
    migration_url: str = field(default="", metadata={"about": "the owner's role, for migrations"})
    nats_url: str = field(default="", metadata={"about": "bus between several nodes"})
    secret: str = field(default="", metadata={"about": "signs short-lived tokens", "secret": True})
    sandbox_key: str = field(default="", metadata={"about": "sandbox API key", "secret": True})
    sandbox_notice_secret: str = field(
        default="", metadata={"about": "signs the sandbox's notices", "secret": True}
    )
    clock_offset_s: int = field(default=0, metadata={"about": "moves the clock, not in production"})
    log_level: str = field(default="info", metadata={"about": "debug, info, warning, error"})
    ledger_writers: int = field(default=2, metadata={"about": "connections that commit gifts"})
    ledger_batch_max: int = field(default=256, metadata={"about": "most gifts in one commit"})
    diamonds_per_coin: int = field(default=1, metadata={"about": "diamonds a coin becomes"})
    quote_seconds: int = field(default=900, metadata={"about": "how long an offer holds"})
    payment_seconds: int = field(default=3600, metadata={"about": "how long paying may take"})
    sandbox_fee_bps: int = field(
        default=290, metadata={"about": "what the sandbox keeps, in 1/100 %"}
    )
    clearing_days: int = field(default=7, metadata={"about": "days until diamonds are available"})
    simulate: bool = field(default=True, metadata={"about": "demo crowd in development"})

    @property
    def is_production(self) -> bool:
        """Whether real people's money may be here."""
        return self.env == "production"

    @property
    def origin(self) -> str:
        """The address that browsers use to reach us."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def gateway_address(self) -> str:
        """Where clients open the room socket."""
        return self.gateway_url or f"ws://{self.host}:{self.gateway_port}/connection/websocket"

    @property
    def sandbox_origin(self) -> str:
        """Where the sandbox provider listens."""
        return f"http://{self.host}:{self.sandbox_port}"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings; raises `SettingsRefused` with the name of a bad one."""
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for known in fields(Settings):
        name = f"LARGESSE_{known.name.upper()}"
        if name in environment:
            values[known.name] = _parsed(name, environment[name], str(known.type))
    settings = Settings(**values)  # type: ignore[arg-type]  # _parsed returns the field's type
    _check(settings)
    return settings


def _parsed(name: str, text: str, kind: str) -> object:
    match kind:
        case "int":
            try:
                return int(text)
            except ValueError:
                raise SettingsRefused(f"{name} must be a whole number, not {text!r}") from None
        case "bool":
            if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
                raise SettingsRefused(f"{name} must be yes or no, not {text!r}")
            return text.lower() in {"1", "true", "yes"}
        case "Path":
            return Path(text)
        case _:
            return text


def _check(settings: Settings) -> None:
    if settings.env not in {"development", "production"}:
        raise SettingsRefused("LARGESSE_ENV must be development or production")
    for name in ("port", "gateway_port", "sandbox_port"):
        if not 0 < getattr(settings, name) < 65536:
            raise SettingsRefused(f"LARGESSE_{name.upper()} must be from 1 to 65535")
    if settings.is_production:
        if len(settings.secret) < SECRET_LENGTH_MIN:
            raise SettingsRefused(
                f"LARGESSE_SECRET needs at least {SECRET_LENGTH_MIN} characters in production"
            )
        if settings.clock_offset_s:
            raise SettingsRefused("LARGESSE_CLOCK_OFFSET_S is not allowed in production")


def described(settings: Settings) -> list[str]:
    """One line a setting: its variable, its value (never a secret's), and what it is for."""
    lines = []
    for known in fields(settings):
        value = getattr(settings, known.name)
        if known.metadata.get("secret"):
            value = "(set)" if value else "(not set)"
        name = f"LARGESSE_{known.name.upper()}"
        lines.append(f"{name:<34} {value!s:<24} {known.metadata['about']}")
    return lines
