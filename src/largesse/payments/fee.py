"""What a provider keeps, as its contract states it."""

from __future__ import annotations

from largesse.kernel.money import Money


def kept_of(paid: Money, *, bps: int, fixed: int = 0) -> Money:
    """Basis points of a payment plus a fixed part in minor units, rounded up, never above the payment."""
    share = -(-paid.amount * bps // 10_000)
    return Money(min(paid.amount, share + fixed), paid.currency)
