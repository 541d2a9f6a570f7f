"""Put the coins of a paid order into the purse, and everything that commits with them."""

from __future__ import annotations

from datetime import datetime, timedelta

from largesse import ledger
from largesse.kernel import ids
from largesse.kernel.database import Connection
from largesse.kernel.money import Money
from largesse.payments import Provider, Settled, Storefront
from largesse.recharge.model import Recharge
from largesse.recharge.papers.receipts import write_receipt
from largesse.recharge.stores_store import Acknowledgement, owe_acknowledgement


async def credit_recharge(
    connection: Connection, recharge: Recharge, paid: Settled, *, provider: Provider, now: datetime
) -> ledger.Credited:
    """Put paid and bonus coins into the purse; a debt is paid first.

    The caller holds the order's row, and the payment is this order's alone. A store that sells
    on its own account gives its own receipt.
    """
    promo_expires = now + timedelta(days=recharge.promo_days) if recharge.promo_coins else None
    credited = await ledger.credit(
        connection,
        ledger.Credit(
            id=ids.make(),
            account=recharge.account,
            key=f"recharge:{recharge.reference}",
            body=f"{recharge.coins}+{recharge.promo_coins}:{recharge.total}".encode(),
            at=now,
            country=recharge.country,
            origin=provider.code,
            paid=recharge.coins,
            promo=recharge.promo_coins,
            promo_expires=promo_expires,
            price=recharge.total_money,
            tax=Money(recharge.tax, recharge.currency),
            fee=paid.fee or provider.fee(recharge.total_money),
            source=recharge.id,
            clearing=provider.party,
            seller=provider.seller,
        ),
    )
    # The order's state already guards this; the ledger's key is the second lock.
    assert not credited.replayed, "an order that was credited left its state behind"
    if provider.seller is ledger.Seller.HOUSE:
        await write_receipt(connection, recharge, credited)
    if isinstance(provider, Storefront):
        owed = Acknowledgement(
            provider=provider.code,
            payment=paid.payment,
            purchase=recharge.checkout or paid.payment,
            recharge=recharge.id,
            product=recharge.product,
            made_at=now,
            due_at=now,
        )
        await owe_acknowledgement(connection, owed)
    return credited
