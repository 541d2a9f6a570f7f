"""What the books must say about an order in the end, told from the provider's own books alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from largesse.sandbox.model import Checkout, Status


@dataclass(frozen=True, slots=True)
class Asked:
    """A refund of ours: under which key, for how many paid coins, for how much."""

    key: str
    coins: int
    amount: int


@dataclass(frozen=True, slots=True)
class Truth:
    """One order: what the provider owes us for it, what its buyer keeps of its coins, what is odd."""

    is_credited: bool
    owed: int = 0
    fees: int = 0
    coins: int = 0
    odd: frozenset[str] = frozenset()


def truth(
    checkout: Checkout, *, coins: int, total: int, currency: str, asked: Sequence[Asked]
) -> Truth:
    """Nothing in here looks at an order's state, a notice or a journal."""
    if checkout.status is not Status.PAID:
        return Truth(is_credited=False)
    if checkout.paid_currency != currency or checkout.paid_amount != total:
        is_back = checkout.refunded >= (checkout.paid_amount or 0)
        differs = "currency" if checkout.paid_currency != currency else "amount"
        return Truth(False, odd=frozenset() if is_back else frozenset({f"{differs}_differs"}))
    keys = {one.key for one in asked} - set(checkout.refunds_failed)
    begun = {one.name for one in checkout.history if one.what == "refund"}
    ours = [one for one in asked if one.key in keys & begun]
    by_us = sum(one.amount for one in ours)
    is_taken = checkout.refunded >= total and checkout.refunded > by_us
    is_with_bank = checkout.dispute in ("opened", "lost")
    fees, contested = _disputes(checkout, total=total)
    odd = {"disputed_after_refund"} if contested else set()
    if by_us < checkout.refunded < total:
        odd.add("refunded_in_part")
    is_gone = is_taken or is_with_bank
    is_lost = is_taken or (checkout.dispute == "lost" and not contested)
    left = coins - sum(one.coins for one in ours)
    return Truth(
        is_credited=True,
        owed=0 if is_gone else total - by_us,
        fees=fees,
        coins=0 if is_lost else left,
        odd=frozenset(odd),
    )


def _disputes(checkout: Checkout, *, total: int) -> tuple[int, bool]:
    """What all disputes cost, and whether one that found nothing to take still stands."""
    back, fees, contested = 0, 0, False
    failed = set(checkout.refunds_failed)
    for one in checkout.history:
        if one.what == "refund":
            back += 0 if one.name in failed else one.amount
        elif one.what == "dispute_opened":
            contested = back >= total
            fees += one.amount
        elif one.what == "dispute_won":
            contested = False
    return fees, contested
