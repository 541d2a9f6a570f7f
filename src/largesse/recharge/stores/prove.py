"""An app shows what its store sold: ask the store, and credit at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from largesse.kernel.errors import NotFound
from largesse.payments import ProofRefused, Settled, Storefront
from largesse.people import Viewer
from largesse.recharge import store, stores_store
from largesse.recharge.model import Recharge
from largesse.recharge.recharging import Recharging
from largesse.recharge.settle import settle, tell_all


async def prove_recharge(
    recharging: Recharging, viewer: Viewer, recharge: UUID, proof: str, *, now: datetime
) -> Recharge:
    """The order after the store said what this proof is worth; showing it twice credits once.

    What does not fit the order (another's purchase, another product, a test) credits nothing and
    is kept for a person to look at. Raises `NotFound`, `ProofRefused` or `Unavailable`.
    """
    async with recharging.database.read() as connection:
        current = await store.by_id(connection, recharge=recharge)
    if current is None or current.account != viewer.no:
        raise NotFound
    provider = recharging.provider_of(current)
    if not isinstance(provider, Storefront):
        raise ProofRefused
    notice = await provider.read_proof(proof)
    is_its_own = notice.reference == current.reference
    # Of a purchase for another order only the money matters here: that it is not this order's.
    outcomes = [one for one in notice.outcomes if is_its_own or isinstance(one, Settled)]
    if not outcomes:
        raise ProofRefused
    async with recharging.database.work() as connection:
        if is_its_own:
            await stores_store.note_purchase(
                connection,
                recharge=recharge,
                provider=current.provider,
                purchase=notice.checkout,
            )
        settlement = await settle(
            connection, recharging, recharge, outcomes, said_by=current.provider, now=now
        )
    assert settlement is not None
    tell_all(recharging, settlement.news)
    if settlement.set_aside is not None:
        raise ProofRefused
    return settlement.recharge
