"""What tests of refunds, disputes and cases do with a buyer's coins and a provider's console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from largesse import ledger
from largesse.kernel import ids
from largesse.ledger import Committer, Kind, Spend
from largesse.people import grant_operator
from tests.recharge.house import PAYS, Buyer, House

CREATOR = 900_007


@dataclass
class Desk:
    """A house, and somebody who spends for its buyers."""

    house: House
    committer: Committer

    async def bought(self, buyer: Buyer, coins: int = 350, *, card: str = PAYS) -> dict[str, Any]:
        """A recharge that was paid and credited."""
        order = await buyer.order(coins)
        await buyer.pay(order, card)
        await self.house.news.heard(order["id"], "credited")
        return order

    async def spend(self, buyer: Buyer, coins: int) -> None:
        """Send a gift; raises what the ledger says against it."""
        act = ids.make()
        await self.committer.spend(
            Spend(
                id=act, account=buyer.viewer.no, key=str(act), body=b"rose", kind=Kind.GIFT,
                creator=CREATOR, coins=coins, diamonds=coins, at=self.house.clock.now(), rate=5_000,
            )
        )  # fmt: skip

    async def ask_refund(
        self, buyer: Buyer, order: dict[str, Any], key: str | None = None
    ) -> httpx.Response:
        return await buyer.post(f"/v1/recharges/{order['id']}/refund", key)

    async def console(self, order: dict[str, Any], path: str, **body: Any) -> None:
        """Do something in the provider's own console, or as the payer's bank."""
        answer = await self.house.provider.post(f"{order['checkout_url']}/{path}", json=body)
        assert answer.status_code == 200, answer.text

    async def operator(self) -> Buyer:
        """Somebody who runs the house."""
        ada = await self.house.buyer()
        await grant_operator(self.house.database, handle=ada.viewer.handle)
        return ada

    async def purse(self, buyer: Buyer) -> ledger.Purse:
        async with self.house.database.read() as connection:
            return await ledger.purse(connection, buyer.viewer.no, at=self.house.clock.now())

    async def clearing(self, buyer: Buyer) -> int:
        """What the provider owes us for this buyer, in minor units."""
        rows = await self.house.rows(
            "select coalesce(sum(case when debit = 10310 then amount else -amount end), 0)::bigint"
            " from ledger.transfers where account = %s and 10310 in (debit, credit)",
            buyer.viewer.no,
        )
        return int(rows[0][0])

    async def audit(self) -> None:
        """The books are right."""
        report = await ledger.audit(self.house.database)
        assert report.findings == ()


def whats(order: dict[str, Any]) -> list[str]:
    """What happened to an order, in order, from the credit on."""
    told = [entry["what"] for entry in order["timeline"]]
    return told[told.index("credited") :]
