"""Let promo coins go when their time is over."""

from __future__ import annotations

from datetime import datetime

from largesse.kernel.database import Database
from largesse.ledger import store
from largesse.ledger.purse import locked


async def expire_promos(database: Database, *, at: datetime, limit: int = 500) -> int:
    """Sweep the purses whose promo coins are over, one transaction each; returns the coins.

    Whoever spends before the sweep comes by is swept first, so nobody spends a
    coin after its time.
    """
    async with database.read() as connection:
        accounts = await store.stale_purses(connection, at=at, limit=limit)
    gone = 0
    for account in accounts:
        async with database.work() as connection:
            await locked(connection, account)
            gone += await store.expire_promo(connection, account=account, at=at)
    return gone
