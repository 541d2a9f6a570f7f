"""The books: accounts, purses, lots, holds, journals, and the writers that commit them.

Everything that moves value ends here, and nothing here knows what a gift, a room
or a payment provider is. Hot acts (`Committer.spend`) are committed in groups;
rare ones take the caller's connection and share its transaction.
"""

from __future__ import annotations

from largesse.ledger.audit import AuditReport, Part, audit
from largesse.ledger.audit_store import Finding
from largesse.ledger.book import book
from largesse.ledger.chain import KeptSeal, NotASeal, SealHead, read_kept_seal
from largesse.ledger.chart import CHART, COIN, DIAMOND, HOUSE, Kind, Shape, account, name_of
from largesse.ledger.committer import Committer
from largesse.ledger.credit import credit
from largesse.ledger.entries import entries, entry, pending_diamonds
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
from largesse.ledger.expire import expire_promos
from largesse.ledger.hold import Voided, due_holds, hold, post_hold, resolve_hold, void_hold
from largesse.ledger.mature import Diamonds, diamonds, mature, mature_all
from largesse.ledger.model import (
    Basis,
    Booking,
    Credit,
    Credited,
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
)
from largesse.ledger.purse import freeze, next_basis, open_purse, purse, set_limits, thaw
from largesse.ledger.rollup import roll_up
from largesse.ledger.rules import part, periods
from largesse.ledger.seal import seal
from largesse.ledger.sweep import resolve_due_holds
from largesse.ledger.writer import Filed, WriteBatch

__all__ = [
    "CHART",
    "COIN",
    "DIAMOND",
    "HOUSE",
    "AuditReport",
    "Basis",
    "Booking",
    "Committer",
    "Credit",
    "Credited",
    "CurrencyMismatch",
    "Diamonds",
    "Entry",
    "Filed",
    "Finding",
    "Hold",
    "HoldNotFound",
    "HoldOrder",
    "HoldOverdue",
    "HoldPosted",
    "HoldState",
    "HoldVoided",
    "InsufficientCoins",
    "KeptSeal",
    "Kind",
    "LedgerError",
    "Leg",
    "LimitReached",
    "Limits",
    "NotASeal",
    "OnExpiry",
    "Part",
    "Purse",
    "SealHead",
    "Shape",
    "Spend",
    "SpendingFrozen",
    "Spent",
    "Voided",
    "WriteBatch",
    "account",
    "audit",
    "book",
    "credit",
    "diamonds",
    "due_holds",
    "entries",
    "entry",
    "expire_promos",
    "freeze",
    "hold",
    "mature",
    "mature_all",
    "name_of",
    "next_basis",
    "open_purse",
    "part",
    "pending_diamonds",
    "periods",
    "post_hold",
    "purse",
    "read_kept_seal",
    "resolve_due_holds",
    "resolve_hold",
    "roll_up",
    "seal",
    "set_limits",
    "thaw",
    "void_hold",
]
