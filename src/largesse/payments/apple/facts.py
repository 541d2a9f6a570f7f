"""What an App Store purchase means for an order: pure rules."""

from __future__ import annotations

from largesse.kernel.money import NO_CURRENCY, Money, exponent
from largesse.payments.account_token import reference_of
from largesse.payments.apple.seal import WHOLE, AppleTransaction
from largesse.payments.outcome import Outcome, Refunded, RefundFailed, Settled

CONSUMABLE = "Consumable"


def outcomes(transaction: AppleTransaction, *, because: str = "") -> tuple[Outcome, ...]:
    """All facts that a purchase proves, oldest first; none for what is no coins.

    `because` is the kind of notice that brought it. A refund that Apple took back again leaves
    no trace in the purchase itself.
    """
    if transaction.kind != CONSUMABLE:
        return ()
    paid = _paid(transaction)
    settled = Settled(
        paid,
        payment=transaction.id,
        product=transaction.product,
        buyer=reference_of(transaction.token),
        misfit=_misfit(transaction),
    )
    if transaction.revoked:
        back = Money(_share(paid.amount, transaction.revoked), paid.currency)
        return (settled, Refunded(back, payment=transaction.id))
    if because == "REFUND_REVERSED":
        return (settled, RefundFailed(refund=transaction.id, payment=transaction.id))
    return (settled,)


def _misfit(transaction: AppleTransaction) -> str:
    """What makes a purchase unfit for any order, whatever the order says."""
    if transaction.is_foreign:
        return "environment_differs"
    if transaction.quantity != 1:
        # The price is that of one, and the order is for one.
        return "quantity_differs"
    if not reference_of(transaction.token):
        return "buyer_missing"
    if transaction.price is None or not transaction.currency:
        return "price_missing"
    if transaction.price * 10 ** exponent(transaction.currency) % 1000:
        return "amount_unclear"
    return ""


def _paid(transaction: AppleTransaction) -> Money:
    """The price in whole minor units; parts of one are cut, and are a misfit besides."""
    if transaction.price is None or not transaction.currency:
        return Money(0, transaction.currency or NO_CURRENCY)
    places = int(10 ** exponent(transaction.currency))
    return Money(transaction.price * places // 1000, transaction.currency)


def _share(amount: int, part: int) -> int:
    """A part of an amount, half a minor unit rounded up."""
    return (2 * amount * part + WHOLE) // (2 * WHOLE)
