"""What the coins of a recharge were spent on: the evidence when its payment is disputed."""

from __future__ import annotations

from uuid import UUID

from largesse.kernel.database import Connection
from largesse.ledger import sale_store
from largesse.ledger.claims_model import CoinUse


async def coin_uses(connection: Connection, *, account: int, source: UUID) -> list[CoinUse]:
    """Which acts spent the paid coins of a recharge, oldest first; what came back is not among them."""
    return await sale_store.uses(connection, account=account, source=source)
