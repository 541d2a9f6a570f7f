"""Why the ledger refuses. Nothing is stored for a refusal: the same key may succeed later."""

from __future__ import annotations

from largesse.kernel.errors import LargesseError


class LedgerError(LargesseError):
    """The books refused this."""

    code = "ledger_refused"


class InsufficientCoins(LedgerError):
    """There are not enough coins in your wallet for this."""

    code = "insufficient_coins"
    next = "Recharge, then send it again with the same key."


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
