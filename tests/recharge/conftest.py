"""One selling house a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from largesse.kernel.database import Database
from tests.recharge.house import Buyer, House, open_house


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(database: Database) -> AsyncIterator[House]:
    """Our doors and a real provider beside them."""
    async with open_house(database) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def mira(house: House) -> Buyer:
    """A new buyer in the United States with an empty purse."""
    return await house.buyer()
