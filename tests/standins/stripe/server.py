"""The stand-in's door: one HTTP server in a thread, one lock around all it does."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.standins.stripe import api, checkout, page, returns
from tests.standins.stripe.books import Books, Faults, Refused, Thing
from tests.standins.stripe.courier import Courier, Sent
from tests.standins.stripe.idempotency import Drawer, Kept
from tests.standins.stripe.wire import read_form

KEY = "sk_test_for_tests_only"


@dataclass
class FakeStripe:
    """Stripe as a test holds it in its hands."""

    key: str = KEY
    books: Books = field(default_factory=Books)
    drawer: Drawer = field(default_factory=Drawer)
    url: str = ""
    calls: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.courier = Courier(self.books)
        self.books.tell = self.courier.told

    @property
    def faults(self) -> Faults:
        return self.books.faults

    def sessions(self, reference: str) -> list[Thing]:
        """The pages of an order, oldest first."""
        with self.books.lock:
            found = self.books.all("checkout.session", client_reference_id=reference)
            return list(reversed(found))

    def intent(self, reference: str) -> Thing:
        """The newest payment of an order."""
        with self.books.lock:
            return next(
                one
                for one in self.books.all("payment_intent")
                if one["metadata"].get("reference") == reference
            )

    def pay(self, reference: str, card: str = "", step: str = "", **sent: str) -> Thing:
        """What the payer or the bank does on the order's page."""
        (session,) = self.sessions(reference)
        with self.books.lock:
            return page.act(self.books, session["id"], step, {"card": card} | sent)

    def dispute(self, reference: str, **facts: Any) -> Thing:
        """The payer's bank takes the payment back."""
        with self.books.lock:
            charge = self.books.get("charge", self.intent(reference)["latest_charge"])
            return returns.open_dispute(self.books, charge, **facts)

    def decide(self, reference: str, *, is_won: bool) -> None:
        """The bank's last word about it."""
        with self.books.lock:
            (dispute,) = self.books.all("dispute", payment_intent=self.intent(reference)["id"])
            returns.decide(self.books, dispute, is_won=is_won)

    def give_back(self, reference: str, **params: str) -> Thing:
        """Somebody refunds it in the dashboard."""
        with self.books.lock:
            sent = {"payment_intent": self.intent(reference)["id"]} | params
            return returns.create_refund(self.books, sent)

    def finish_refunds(self, reference: str) -> None:
        """The days pass after which refunds of some cards end otherwise."""
        with self.books.lock:
            for refund in self.books.all("refund", payment_intent=self.intent(reference)["id"]):
                returns.finish_refund(self.books, refund)

    def pass_time(self, **by: int) -> None:
        """Push the stand-in's clock ahead."""
        seconds = by.get("seconds", 0) + 60 * by.get("minutes", 0) + 3600 * by.get("hours", 0)
        with self.books.lock:
            self.books.ahead_seconds += seconds
            checkout.close_overdue(self.books)

    def sent(self, reference: str) -> list[Sent]:
        """Everything that was told about an order, oldest first, whether or not it arrived."""
        with self.books.lock:
            intents = {
                one["id"]
                for one in self.books.all("payment_intent")
                if one["metadata"].get("reference") == reference
            }
            mine = {session["id"] for session in self.sessions(reference)} | intents
            return [
                one
                for one in self.courier.sent
                if {one.event["data"]["object"].get(name) for name in ("id", "payment_intent")}
                & mine
            ]

    def answer(self, method: str, path: str, text: str, headers: Any) -> tuple[int, bytes, bool]:
        """Carry a call of the API out; status, body, and whether it was answered before."""
        if headers.get("authorization") != f"Bearer {self.key}":
            return 401, _failure(Refused(401, "Invalid API Key provided.")), False
        key, request = headers.get("idempotency-key", ""), f"{method} {path} {text}"
        if method != "POST":
            key = ""
        try:
            with self.books.lock:
                self.calls.append((method, path))
                if self.faults.instead:
                    return *self.faults.instead.popleft(), False
                fault = self.faults.plan.popleft() if self.faults.plan else None
                kept = self.drawer.open(key, request, now=self.books.now()) if key else None
                if kept is not None:
                    return kept.status, kept.body, True
        except Refused as refused:
            return refused.status, _failure(refused), False
        with self.books.lock:
            status, body = self._executed(method, path, text)
            if fault == 0:
                status, body = 500, _failure(Refused(500, "Something went wrong."))
        if fault:
            time.sleep(fault)
        if key:
            with self.books.lock:
                # Turned away before it was executed, so nothing is kept; a bank's no is executed.
                if 400 <= status < 500 and status != 402:
                    self.drawer.forget(key)
                else:
                    self.drawer.keep(key, Kept(status, body))
        return status, body, False

    def _executed(self, method: str, path: str, text: str) -> tuple[int, bytes]:
        try:
            params = read_form(text)
            shown = api.execute(self.books, method, path, params, origin=self.url)
            return 200, json.dumps(shown, indent=2).encode()
        except Refused as refused:
            return refused.status, _failure(refused)


def _failure(refused: Refused) -> bytes:
    return json.dumps({"error": refused.error}, indent=2).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stripe: FakeStripe) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.stripe = stripe


class _Door(BaseHTTPRequestHandler):
    """The API under /v1, and the pages that people pay on."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30
    # An answer leaves in one piece and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _serve(self, method: str) -> None:
        target = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        if target.path.startswith("/c/pay/"):
            self._page(method, target.path.removeprefix("/c/pay/"), sent)
            return
        path = unquote(target.path.removeprefix("/v1/"))
        status, body, was_kept = self.server.stripe.answer(
            method, path, sent if method == "POST" else target.query, self.headers
        )
        more = {"idempotent_replayed": "true"} if was_kept else {}
        self._answer(status, body, **more)

    def _page(self, method: str, path: str, sent: str) -> None:
        books = self.server.stripe.books
        session_id, _, step = path.partition("/")
        is_json = self.headers.get("content-type", "").startswith("application/json")
        try:
            with books.lock:
                if method == "GET":
                    shown = page.show(books, session_id).encode()
                    self._answer(200, shown, kind="text/html; charset=utf-8")
                    return
                told = json.loads(sent) if is_json else read_form(sent)
                session = page.act(books, session_id, step, told)
        except Refused as refused:
            self._answer(refused.status, _failure(refused))
            return
        if is_json:
            self._answer(200, json.dumps(books.shown(session, [])).encode())
            return
        is_done = session["status"] == "complete"
        where = session["success_url"] if is_done else f"/c/pay/{session_id}"
        self._answer(303, b"", location=where)

    def _answer(
        self, status: int, body: bytes, *, kind: str = "application/json", **headers: str
    ) -> None:
        try:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.send_header("request-id", f"req_{token_hex(7)}")
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # Whoever asked was tired of waiting.
            self.close_connection = True


@contextmanager
def open_stripe(
    endpoint: str = "", *, secrets: tuple[str, ...] = ("whsec_first",)
) -> Iterator[FakeStripe]:
    """The stand-in on a free port, telling this endpoint, for as long as the block lasts."""
    stripe = FakeStripe()
    stripe.courier.endpoint, stripe.courier.secrets = endpoint, secrets
    server = _Server(stripe)
    stripe.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    stripe.courier.start()
    try:
        yield stripe
    finally:
        stripe.courier.stop()
        server.shutdown()
        server.server_close()
        thread.join()
