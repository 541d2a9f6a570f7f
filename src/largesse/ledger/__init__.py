"""The books: accounts, purses, lots, holds, journals, and the writers that commit them.

Everything that moves value ends here, and nothing here knows what a gift, a room
or a payment provider is. Hot acts (`Committer.spend`) are committed in groups;
rare ones take the caller's connection and share its transaction.
"""

from __future__ import annotations

from largesse.ledger.chart import CHART, COIN, DIAMOND, HOUSE, Kind, Shape, account, name_of
from largesse.ledger.committer import Committer
from largesse.ledger.credit import credit
from largesse.ledger.entries import creator_entries, entries, pending_diamonds
from largesse.ledger.errors import (
    CurrencyMismatch,
    HoldNotFound,
    HoldOverdue,
    HoldPosted,
    HoldVoided,
    InsufficientCoins,
    LedgerError,
    LimitReached,
    SpendingFrozen,
)
from largesse.ledger.model import (
    Basis,
    Booking,
    Credit,
    Credited,
    Earning,
    Entry,
    Hold,
    HoldOrder,
    HoldState,
    Leg,
    Limits,
    OnExpiry,
    Purse,
    Spend,
    Spent,
    part,
    periods,
)
from largesse.ledger.purse import freeze, next_basis, open_purse, purse, set_limits, thaw
from largesse.ledger.writer import WriteBatch

__all__ = [
    "CHART",
    "COIN",
    "DIAMOND",
    "HOUSE",
    "Basis",
    "Booking",
    "Committer",
    "Credit",
    "Credited",
    "CurrencyMismatch",
    "Earning",
    "Entry",
    "Hold",
    "HoldNotFound",
    "HoldOrder",
    "HoldOverdue",
    "HoldPosted",
    "HoldState",
    "HoldVoided",
    "InsufficientCoins",
    "Kind",
    "LedgerError",
    "Leg",
    "LimitReached",
    "Limits",
    "OnExpiry",
    "Purse",
    "Shape",
    "Spend",
    "SpendingFrozen",
    "Spent",
    "WriteBatch",
    "account",
    "creator_entries",
    "credit",
    "entries",
    "freeze",
    "name_of",
    "next_basis",
    "open_purse",
    "part",
    "pending_diamonds",
    "periods",
    "purse",
    "set_limits",
    "thaw",
]
