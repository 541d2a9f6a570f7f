"""Why the ledger refuses. Nothing is stored for a refusal: the same key may succeed later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

import psycopg

from largesse.kernel.errors import LargesseError, RequestInProgress

P = ParamSpec("P")
T = TypeVar("T")


class LedgerError(LargesseError):
    """The books refused this."""

    code = "ledger_refused"


class InsufficientCoins(LedgerError):
    """There are not enough coins in your wallet for this."""

    code = "insufficient_coins"
    next = "Recharge, then send it again with the same key."


class InsufficientDiamonds(LedgerError):
    """There are not enough diamonds for this."""

    code = "insufficient_diamonds"


class HistoryIsFinal(LedgerError):
    """What is in the books is never changed; a correction is a new act."""


class LimitReached(LedgerError):
    """This would go over the spending limit that you set."""

    code = "limit_reached"
    next = "Wait for the next period, or change your limit in the wallet."


class SpendingFrozen(LedgerError):
    """Spending from this wallet is paused."""

    code = "spending_frozen"
    next = "Contact support to learn why and how to resume."


class CurrencyMismatch(LedgerError):
    """This wallet keeps its books in another currency."""

    code = "currency_mismatch"


class HoldNotFound(LedgerError):
    """There is no such hold on these coins."""

    code = "hold_not_found"


class HoldPosted(LedgerError):
    """This was already carried out and can no longer be taken back."""

    code = "hold_posted"


class HoldVoided(LedgerError):
    """This was already taken back; the coins are in the wallet."""

    code = "hold_voided"


class HoldOverdue(LedgerError):
    """The time to decide about this is over."""

    code = "hold_overdue"


class EscrowNotFound(LedgerError):
    """There is nothing in escrow under that name."""

    code = "escrow_not_found"


class EscrowSpent(LedgerError):
    """These coins were put aside and have been spent since."""

    code = "escrow_spent"


class EscrowReturnedAlready(LedgerError):
    """These coins were put aside and are back in the wallet."""

    code = "escrow_returned"


class EscrowShort(LedgerError):
    """There are fewer coins left in escrow than this takes."""

    code = "escrow_short"


class PotEnded(LedgerError):
    """What these coins are for has already been decided."""

    code = "pot_ended"


class PotNotSharedOut(LedgerError):
    """Fee and prizes have to share the pot out to the last coin."""

    code = "pot_not_shared_out"


class CoinsPromised(LedgerError):
    """Some of these coins are on hold or in escrow for something that is not decided yet."""

    code = "coins_promised"
    next = "Wait until it is decided, or take it back."


class CoinsOwed(LedgerError):
    """This wallet owes coins for a payment that was taken back."""

    code = "coins_owed"
    next = "Contact support to settle it first."


# What the database itself refuses, by the name of the constraint or by our own SQLSTATE. It is the
# last guard: an act looks first, under its lock, and says more. A CHECK costs a purse's update
# nothing, where a trigger that raises a SQLSTATE of its own would cost every gift a call; the name
# travels in its own field of the error, so no prose is parsed either way.
REFUSALS: Mapping[str, type[LargesseError]] = MappingProxyType(
    {
        "purse_paid_floor": InsufficientCoins,
        "purse_promo_floor": InsufficientCoins,
        "purse_prize_floor": InsufficientCoins,
        "creator_available_floor": InsufficientDiamonds,
        "creator_withdrawing_floor": InsufficientDiamonds,
        # Another act with this key commits first: asked again, it answers.
        "journal_key_once": RequestInProgress,
        "LG001": HistoryIsFinal,
    }
)


def refusal_of(error: psycopg.Error) -> LargesseError | None:
    """What a guard of the ledger's tables means to a person; None if it is our own mistake."""
    name = error.diag.constraint_name if error.diag.schema_name == "ledger" else error.sqlstate
    refusal = REFUSALS.get(name or "")
    return None if refusal is None else refusal()


def guarded(act: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Let what the ledger's tables refuse be heard as the refusal that it is."""

    @wraps(act)
    async def heard(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await act(*args, **kwargs)
        except psycopg.Error as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            raise refusal from error

    return heard


class RefundNotFound(LedgerError):
    """There is no such refund."""

    code = "refund_not_found"


class RefundOpen(LedgerError):
    """A refund of this recharge is under way and not decided yet."""

    code = "refund_open"


class RefundPosted(LedgerError):
    """This refund was already paid."""

    code = "refund_posted"


class RefundVoided(LedgerError):
    """This refund already failed; the coins are in the wallet."""

    code = "refund_voided"


class NothingToRefund(LedgerError):
    """Nothing of this recharge is left that money could be given back for."""

    code = "nothing_to_refund"


class NothingOwed(LedgerError):
    """This wallet owes no coins."""

    code = "nothing_owed"


class RechargeRefunded(LedgerError):
    """The money of this recharge has already gone back."""

    code = "recharge_refunded"


class DisputeNotFound(LedgerError):
    """There is no such dispute."""

    code = "dispute_not_found"


class DisputeOpen(LedgerError):
    """The payment of this recharge is disputed; nothing else can be done until that is decided."""

    code = "dispute_open"


class DisputeLost(LedgerError):
    """The payment of this recharge was disputed and went back."""

    code = "dispute_lost"


class DisputeWon(LedgerError):
    """This dispute was already decided in our favour."""

    code = "dispute_won"


class PayoutNotFound(LedgerError):
    """There is no such withdrawal."""

    code = "payout_not_found"


class PayoutPending(LedgerError):
    """This withdrawal has not been paid yet."""

    code = "payout_pending"


class PayoutPaid(LedgerError):
    """This withdrawal was already paid."""

    code = "payout_paid"


class PayoutRejected(LedgerError):
    """This withdrawal was rejected; the diamonds are available again."""

    code = "payout_rejected"


class PayoutReturned(LedgerError):
    """This withdrawal came back; the diamonds are available again."""

    code = "payout_returned"
