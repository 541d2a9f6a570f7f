"""Starts the sandbox provider from the command line or from `largesse sandbox`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from largesse.kernel import logs
from largesse.sandbox.app import SandboxSettings, build


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; refuses to start in production."""
    if os.environ.get("LARGESSE_ENV") == "production":
        sys.stderr.write("The sandbox provider does not run in production.\n")
        return 2
    given = _parser().parse_args(arguments)
    if not given.key or not given.notice_secret:
        sys.stderr.write("The sandbox provider needs --key and --notice-secret.\n")
        return 2
    logs.configure(level="warning")
    settings = SandboxSettings(
        file=Path(given.data_dir) / "sandbox.sqlite3",
        merchant_key=given.key,
        notice_secret=given.notice_secret.split(",")[0].encode(),
        notice_url=given.notice_url,
        public_url=given.public_url or f"http://{given.host}:{given.port}",
        later_seconds=given.later_seconds,
        clock_offset_seconds=given.clock_offset_seconds,
    )
    uvicorn.run(
        build(settings),
        host=given.host,
        port=given.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    """Every option has an environment variable, so that secrets stay off the process list."""
    environment = os.environ.get
    parser = argparse.ArgumentParser(prog="largesse sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=int(environment("LARGESSE_SANDBOX_PORT", "8402"))
    )
    parser.add_argument("--data-dir", default=environment("LARGESSE_DATA_DIR", "var"))
    parser.add_argument("--public-url", default=environment("LARGESSE_SANDBOX_URL", ""))
    parser.add_argument("--key", default=environment("LARGESSE_SANDBOX_KEY", ""))
    parser.add_argument(
        "--notice-secret", default=environment("LARGESSE_SANDBOX_NOTICE_SECRET", "")
    )
    parser.add_argument(
        "--notice-url",
        default=environment(
            "LARGESSE_SANDBOX_NOTICE_URL", "http://127.0.0.1:8400/v1/notices/sandbox"
        ),
    )
    parser.add_argument("--later-seconds", type=int, default=5, help="when slow things happen")
    parser.add_argument(
        "--clock-offset-seconds", type=int, default=int(environment("LARGESSE_CLOCK_OFFSET_S", "0"))
    )
    return parser
