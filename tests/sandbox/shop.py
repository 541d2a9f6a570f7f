"""A merchant that is not ours: it opens checkouts and writes down every notice it gets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import httpx

from tests.sandbox.provider import KEY


@dataclass
class Knock:
    """One delivery, as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Shop:
    """What the merchant heard, and what it answers."""

    url: str = ""
    provider: str = ""
    answers: list[int] = field(default_factory=list)
    knocks: list[Knock] = field(default_factory=list)
    bell: threading.Condition = field(default_factory=threading.Condition)

    def take(self, knock: Knock) -> int:
        """Write a delivery down; the answer is the next one planned, or yes."""
        with self.bell:
            self.knocks.append(knock)
            self.bell.notify_all()
            return self.answers.pop(0) if self.answers else 204

    def heard(self, checkout: str, *, count: int = 1) -> list[Knock]:
        """The first notices about a checkout, as soon as there are enough."""

        def found() -> list[Knock]:
            return [knock for knock in self.knocks if checkout.encode() in knock.body]

        with self.bell:
            assert self.bell.wait_for(lambda: len(found()) >= count, timeout=20)
            return found()[:count]

    def call(self, verb: str, path: str, key: str | None = None, /, **body: Any) -> httpx.Response:
        """Use the merchant's API."""
        headers = {"authorization": f"Bearer {KEY}", "idempotency-key": key or uuid4().hex}
        return httpx.request(
            verb,
            f"{self.provider}{path}",
            json=body or None,
            headers=headers,
            trust_env=False,
        )

    def open(self, key: str | None = None, **more: Any) -> dict[str, Any]:
        """A fresh checkout of $4.99."""
        wanted = {
            "reference": f"order-{uuid4().hex}",
            "amount": 499,
            "currency": "USD",
            "return_url": "http://shop.example/orders/1",
            "description": "350 coins",
        } | more
        answer = self.call("POST", "/sandbox/api/checkouts", key, **wanted)
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    def read(self, checkout: dict[str, Any]) -> dict[str, Any]:
        """The checkout as the provider's API shows it."""
        answer = self.call("GET", f"/sandbox/api/checkouts/{checkout['id']}")
        found: dict[str, Any] = answer.json()
        return found

    def pay(self, checkout: dict[str, Any], **payment: Any) -> httpx.Response:
        """Pay with JSON, as tests do."""
        return httpx.post(checkout["url"], json=payment, trust_env=False)

    def submit(self, checkout: dict[str, Any], **fields: str) -> httpx.Response:
        """Pay with the page's form, as people do."""
        return httpx.post(checkout["url"], data=fields, trust_env=False)


@contextmanager
def open_shop() -> Iterator[Shop]:
    """A listening merchant."""
    shop = Shop()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(shop.take(Knock(headers, body)))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    shop.url = f"http://127.0.0.1:{server.server_port}/notices"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
