"""A provider's doors on a free port of this machine: each stand-in says what lies behind them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """One call, as it arrived. `path` has its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the stand-in says."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Stumbles:
    """How the next calls go wrong: their work is done, and the answer does not tell.

    `status` answers with an error page instead, `seconds` answers that late. `about` is a part
    of the addresses that this happens to, and the first `after` of them are spared.
    """

    calls: int = 0
    status: int = 500
    seconds: int = 0
    about: str = ""
    after: int = 0

    def set(self, *, calls: int, seconds: int = 0, about: str = "", after: int = 0) -> None:
        """What happens from now on."""
        self.calls, self.seconds, self.about, self.after = calls, seconds, about, after

    def hits(self, address: str) -> bool:
        """Whether this call goes wrong. Signing in never does: it is no work."""
        if self.calls <= 0 or self.about not in address or "oauth2" in address:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.calls -= 1
        return True


@contextmanager
def listening(answer: Callable[[Asked], Answer], stumbles: Stumbles) -> Iterator[str]:
    """The address of an open door, for as long as the block lasts."""

    lock = threading.Lock()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                said = answer(Asked(self.command, self.path, headers, body))
                stumbling = stumbles.hits(self.path)
            if stumbling and stumbles.seconds:
                time.sleep(stumbles.seconds)
            elif stumbling:
                said = Answer(stumbles.status, b"<html>Something broke</html>")
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said.body)))
            # Whoever stopped waiting has gone.
            with suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(said.body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
