"""Events, signed and carried to the merchant's endpoint, or lost, doubled and reordered."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from tests.standins.stripe.books import API_VERSION, Books, Thing

TRIES_MAX = 5
RETRY_SECONDS = 1


def signed(body: bytes, *, secrets: Sequence[str], at: int) -> dict[str, str]:
    """`Stripe-Signature`, with one signature a secret while one replaces the other."""
    signatures = [
        "v1=" + hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        for secret in secrets
    ]
    return {
        "content-type": "application/json; charset=utf-8",
        "stripe-signature": ",".join([f"t={at}", *signatures]),
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery: to whom it is about, and how it left."""

    event: Thing
    headers: dict[str, str]
    body: bytes


@dataclass
class Courier:
    """Makes an event of every change and brings it to the endpoint, from a thread of its own."""

    books: Books
    endpoint: str = ""
    secrets: tuple[str, ...] = ("whsec_first",)
    sent: list[Sent] = field(default_factory=list)
    # Checkout waits for its endpoint before it lets the payer go; nothing else does.
    _queue: queue.Queue[Sent | None] = field(default_factory=queue.Queue)
    _held: list[Sent] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(10)

    def rest(self) -> None:
        """Wait until everything that was told has been brought, or given up."""
        self._queue.join()

    def told(self, kind: str, thing: Thing) -> None:
        """Something changed: an event, as the object is now."""
        event = self.books.make(
            "event",
            api_version=API_VERSION,
            data={"object": self.books.shown(thing, [])},
            pending_webhooks=1,
            request={"id": None, "idempotency_key": None},
            type=kind,
        )
        body = json.dumps(event, indent=2).encode()
        delivery = Sent(event, signed(body, secrets=self.secrets, at=self.books.now()), body)
        self.sent.append(delivery)
        faults = self.books.faults
        if faults.lose or not self.endpoint:
            return
        if faults.reorder and not self._held:
            self._held.append(delivery)
            return
        for one in [delivery, *self._held] * (2 if faults.double else 1):
            self._queue.put(one)
        self._held.clear()

    def _run(self) -> None:
        with httpx.Client(trust_env=False, timeout=10) as client:
            while (delivery := self._queue.get()) is not None:
                time.sleep(self.books.faults.delay_seconds)
                self._carry(client, delivery)
                self._queue.task_done()

    def _carry(self, client: httpx.Client, delivery: Sent) -> None:
        """Again until it is taken; the real one goes on for three days."""
        headers = delivery.headers
        for tried in range(TRIES_MAX):
            try:
                answer = client.post(self.endpoint, content=delivery.body, headers=headers)
                if answer.is_success:
                    delivery.event["pending_webhooks"] = 0
                    return
            except httpx.HTTPError:
                pass
            time.sleep(RETRY_SECONDS * tried)
            # Every try is signed anew, with its own time.
            headers = signed(delivery.body, secrets=self.secrets, at=self.books.now())
