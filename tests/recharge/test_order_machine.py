"""Whatever a provider says, in whatever order: what was paid is credited once, and the books are right.

`LARGESSE_PROOF=long` looks much longer (see CONTRIBUTING.md).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from largesse import ledger
from largesse.kernel.database import Database
from largesse.kernel.postgres import Urls
from largesse.ledger import Committer
from tests.recharge.proof.machine import OrderMachine

PROFILES = {
    "": settings(max_examples=60, stateful_step_count=30),
    "long": settings(max_examples=3000, stateful_step_count=50),
}


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_any_order_of_the_same_facts_ends_in_the_same_books(
    loop: asyncio.AbstractEventLoop, urls: Urls
) -> None:
    committer = Committer(urls.app)
    loop.run_until_complete(committer.start())

    class Everything(OrderMachine):
        """It is made by the library, without arguments."""

        def __init__(self) -> None:
            super().__init__(loop, urls, committer)

    try:
        run_state_machine_as_test(
            Everything,
            settings=settings(
                PROFILES[os.environ.get("LARGESSE_PROOF", "")],
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(committer.stop())
    assert loop.run_until_complete(_audit(urls)) == ()


async def _audit(urls: Urls) -> tuple[ledger.Finding, ...]:
    database = Database(urls.app, patient=True)
    await database.open()
    try:
        return (await ledger.audit(database)).findings
    finally:
        await database.close()
