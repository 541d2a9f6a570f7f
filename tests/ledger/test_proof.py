"""The ledger is the plain books, whatever happens, in whatever order, to whomever.

`LARGESSE_PROOF=long` looks much longer (see CONTRIBUTING.md).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from largesse.kernel.postgres import Cluster
from tests.ledger.proof.claiming import Claiming

PROFILES = {
    "": settings(max_examples=15, stateful_step_count=40),
    "long": settings(max_examples=1000, stateful_step_count=60),
}


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_the_ledger_is_the_plain_books_whatever_happens(
    loop: asyncio.AbstractEventLoop, cluster: Cluster
) -> None:
    class Everything(Claiming):
        """It is made by the library, without arguments."""

        def __init__(self) -> None:
            super().__init__(loop, cluster)

    run_state_machine_as_test(
        Everything,
        settings=settings(
            PROFILES[os.environ.get("LARGESSE_PROOF", "")],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
