"""The sandbox provider as a process of its own, started and ended by a test."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

KEY = "sandbox-key-for-tests"
SECRET = "sandbox-notice-secret-for-tests"


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@dataclass
class SandboxProcess:
    """One provider with its own file; `kill` and `start` again lose nothing."""

    notice_url: str
    folder: Path
    later_seconds: int = 1
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = {
            **os.environ,
            "LARGESSE_SANDBOX_KEY": KEY,
            "LARGESSE_SANDBOX_NOTICE_SECRET": SECRET,
            "LARGESSE_SANDBOX_NOTICE_URL": self.notice_url,
            "LARGESSE_DATA_DIR": str(self.folder),
        }
        command = [
            *(sys.executable, "-m", "largesse.sandbox"),
            *("--port", str(self.port), "--later-seconds", str(self.later_seconds)),
        ]
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 30
        while True:
            assert self._process.poll() is None, "the sandbox ended by itself"
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/sandbox/healthz", trust_env=False).is_success:
                    return
            assert time.monotonic() < deadline, "the sandbox does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it the hard way."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """End it as its owner would."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


@contextlib.contextmanager
def sandbox_process(notice_url: str, *, later_seconds: int = 1) -> Iterator[SandboxProcess]:
    """A provider for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        process = SandboxProcess(notice_url, Path(folder), later_seconds=later_seconds)
        process.start()
        try:
            yield process
        finally:
            process.kill()
