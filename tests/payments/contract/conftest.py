"""Every test of the contract, once a provider."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.payments.contract.bench import Bench, Desk
from tests.payments.contract.benches import BENCHES


@pytest_asyncio.fixture(scope="package", loop_scope="session", params=sorted(BENCHES))
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """One provider and its stand-in, for all tests."""
    async with BENCHES[request.param]() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def desk(bench: Bench) -> AsyncIterator[Desk]:
    """The bench in the words of the tests."""
    desk = Desk(bench)
    yield desk
    await desk.close()
