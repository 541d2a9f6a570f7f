"""The books: accounts, purses, lots, holds, journals, and the writers that commit them.

Everything that moves value ends here, and nothing here knows what a gift, a room
or a payment provider is. Hot acts (`Committer.spend`) are committed in groups;
rare ones take the caller's connection and share its transaction.
"""

from __future__ import annotations

from largesse.ledger.audit import AuditReport, audit
from largesse.ledger.audit_store import Finding
from largesse.ledger.book import book
from largesse.ledger.book_spends import book_spends
from largesse.ledger.breakage import Breakage, breakage
from largesse.ledger.chart import CHART, COIN, DIAMOND, HOUSE, Kind, Shape, account, name_of
from largesse.ledger.committer import Committer
from largesse.ledger.credit import credit
from largesse.ledger.entries import entries, entry, pending_diamonds
from largesse.ledger.errors import (
    CoinsOwed,
    CoinsPromised,
    CurrencyMismatch,
    EscrowNotFound,
    EscrowReturnedAlready,
    EscrowShort,
    EscrowSpent,
    HistoryIsFinal,
    HoldNotFound,
    HoldOverdue,
    HoldPosted,
    HoldVoided,
    InsufficientCoins,
    InsufficientDiamonds,
    LedgerError,
    LimitReached,
    PotEnded,
    PotNotSharedOut,
    SpendingFrozen,
)
from largesse.ledger.escrow import put_in_escrow, return_escrow
from largesse.ledger.escrow_model import (
    Award,
    Escrow,
    EscrowOrder,
    EscrowReturn,
    EscrowReturned,
    PotClose,
    PotClosed,
    Prize,
    Release,
)
from largesse.ledger.expire import expire_promos
from largesse.ledger.forfeit import Forfeit, Forfeited, forfeit
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
from largesse.ledger.pot import cancel_pot, close_pot, open_pot, return_cancelled
from largesse.ledger.purse import freeze, next_basis, open_purse, purse, set_limits, thaw
from largesse.ledger.release import release_escrow
from largesse.ledger.rollup import roll_up
from largesse.ledger.rules import part, periods
from largesse.ledger.statement import Period, Statement, open_statement
from largesse.ledger.subscription import (
    Earned,
    Subscription,
    defer_subscription,
    earn_subscription,
)
from largesse.ledger.sweep import resolve_due_holds
from largesse.ledger.trial_balance import TrialBalance, trial_balance
from largesse.ledger.unused_coins import UnusedCoins, unused_coins
from largesse.ledger.words import asset_name, code_named, kind_name, word_of

__all__ = [
    "CHART",
    "COIN",
    "DIAMOND",
    "HOUSE",
    "AuditReport",
    "Award",
    "Basis",
    "Booking",
    "Breakage",
    "CoinsOwed",
    "CoinsPromised",
    "Committer",
    "Credit",
    "Credited",
    "CurrencyMismatch",
    "Diamonds",
    "Earned",
    "Entry",
    "Escrow",
    "EscrowNotFound",
    "EscrowOrder",
    "EscrowReturn",
    "EscrowReturned",
    "EscrowReturnedAlready",
    "EscrowShort",
    "EscrowSpent",
    "Finding",
    "Forfeit",
    "Forfeited",
    "HistoryIsFinal",
    "Hold",
    "HoldNotFound",
    "HoldOrder",
    "HoldOverdue",
    "HoldPosted",
    "HoldState",
    "HoldVoided",
    "InsufficientCoins",
    "InsufficientDiamonds",
    "Kind",
    "LedgerError",
    "Leg",
    "LimitReached",
    "Limits",
    "OnExpiry",
    "Period",
    "PotClose",
    "PotClosed",
    "PotEnded",
    "PotNotSharedOut",
    "Prize",
    "Purse",
    "Release",
    "Shape",
    "Spend",
    "SpendingFrozen",
    "Spent",
    "Statement",
    "Subscription",
    "TrialBalance",
    "UnusedCoins",
    "Voided",
    "account",
    "asset_name",
    "audit",
    "book",
    "book_spends",
    "breakage",
    "cancel_pot",
    "close_pot",
    "code_named",
    "credit",
    "defer_subscription",
    "diamonds",
    "due_holds",
    "earn_subscription",
    "entries",
    "entry",
    "expire_promos",
    "forfeit",
    "freeze",
    "hold",
    "kind_name",
    "mature",
    "mature_all",
    "name_of",
    "next_basis",
    "open_pot",
    "open_purse",
    "open_statement",
    "part",
    "pending_diamonds",
    "periods",
    "post_hold",
    "purse",
    "put_in_escrow",
    "release_escrow",
    "resolve_due_holds",
    "resolve_hold",
    "return_cancelled",
    "return_escrow",
    "roll_up",
    "set_limits",
    "thaw",
    "trial_balance",
    "unused_coins",
    "void_hold",
    "word_of",
]
