"""Delivers signed notices over HTTP, again and again until the merchant says yes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import structlog

from largesse.sandbox.sign import signed_headers
from largesse.sandbox.store import Delivery, Store
from largesse.sandbox.till import Till

log = structlog.get_logger("largesse.sandbox")

# Standard Webhooks' schedule, with quick first steps because somebody is watching.
RETRY_SECONDS = (1, 5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
DELIVERIES_AT_ONCE = 32
TIMEOUT_SECONDS = 15


class Courier:
    """One loop: do what is planned, deliver what is due, sleep until the next or until woken."""

    def __init__(
        self,
        *,
        store: Store,
        till: Till,
        notice_url: str,
        secret: bytes,
        now_ms: Callable[[], int],
        bell: asyncio.Event,
    ) -> None:
        self._store = store
        self._till = till
        self._url = notice_url
        self._secret = secret
        self._now_ms = now_ms
        # Rung by the till whenever there may be something new to deliver.
        self._bell = bell

    async def run(self) -> None:
        """Work until cancelled. Nothing is lost then: what was not delivered is still due."""
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            while True:
                self._bell.clear()
                self._till.do_planned()
                due = self._store.due_deliveries(self._now_ms(), limit=DELIVERIES_AT_ONCE)
                await asyncio.gather(*(self._deliver(client, delivery) for delivery in due))
                if not due:
                    await self._rest()

    async def _rest(self) -> None:
        due_ms = self._store.next_due_ms()
        seconds = 3600.0 if due_ms is None else max(0.0, (due_ms - self._now_ms()) / 1000)
        try:
            await asyncio.wait_for(self._bell.wait(), timeout=min(seconds, 3600.0))
        except TimeoutError:
            return

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        now_ms = self._now_ms()
        headers = signed_headers(
            secret=self._secret,
            notice_id=delivery.event_id,
            timestamp=now_ms // 1000,
            body=delivery.body,
        )
        headers["content-type"] = "application/json"
        body = delivery.body
        if self._is_damaged(delivery):
            body = body.replace(b'"amount":', b'"amount":9', 1)
        try:
            answer = await client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            self._again(delivery, reason=type(error).__name__)
            return
        if answer.is_success:
            self._store.delivered(delivery.id, answer=str(answer.status_code))
        else:
            self._again(delivery, reason=str(answer.status_code))

    def _is_damaged(self, delivery: Delivery) -> bool:
        checkout = self._store.checkout(delivery.checkout)
        return checkout is not None and checkout.faults.corrupt

    def _again(self, delivery: Delivery, *, reason: str) -> None:
        due_ms = None
        if delivery.attempts < len(RETRY_SECONDS):
            due_ms = self._now_ms() + RETRY_SECONDS[delivery.attempts] * 1000
        self._store.postpone(delivery.id, due_ms=due_ms, answer=reason)
        log.info("notice not taken", event_id=delivery.event_id, reason=reason)
