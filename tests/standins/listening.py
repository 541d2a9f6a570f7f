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
    of the addresses that this happens to.
    """

    calls: int = 0
    status: int = 500
    seconds: int = 0
    about: str = ""


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
                is_meant = stumbles.about in self.path and "oauth2" not in self.path
                stumbling = stumbles.calls > 0 and is_meant
                if stumbling:
                    stumbles.calls -= 1
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
