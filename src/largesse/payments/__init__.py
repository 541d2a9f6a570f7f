"""Payment providers behind one port, in a closed set of outcomes.

An adapter only translates: it opens a checkout, asks what became of it, gives
money back and reads notices. All knowledge of a provider stays in here. What an
outcome means for an order is decided in `recharge`; nothing here knows a coin.
"""

from __future__ import annotations

from largesse.payments.inbox import (
    NoticeRow,
    keep_notice,
    keep_refused_notice,
    kept_events,
    mark_notice,
    notices_about,
)
from largesse.payments.outcome import (
    Abandoned,
    Action,
    Declined,
    DeclineReason,
    Disputed,
    DisputeStage,
    Outcome,
    Pending,
    Refunded,
    RefundFailed,
    RequiresAction,
    SavedMethod,
    Settled,
    Unknown,
)
from largesse.payments.provider import (
    ChargeAnswer,
    CheckoutStarted,
    CheckoutWanted,
    KeepsMethods,
    Missed,
    Notice,
    NoticeAnswer,
    NoticeRefused,
    ProofRefused,
    Provider,
    RefundAnswer,
    Storefront,
    TakesCurrencies,
)
from largesse.payments.registry import (
    CODES_PARTY,
    PARTIES,
    SELLERS,
    Providers,
    ProviderUnknown,
    configured,
)
from largesse.payments.reports import REPORTS
from largesse.payments.settlement import LineKind, ReportLine, ReportUnreadable
from largesse.payments.store import KeptNotice

__all__ = [
    "CODES_PARTY",
    "PARTIES",
    "REPORTS",
    "SELLERS",
    "Abandoned",
    "Action",
    "ChargeAnswer",
    "CheckoutStarted",
    "CheckoutWanted",
    "DeclineReason",
    "Declined",
    "DisputeStage",
    "Disputed",
    "KeepsMethods",
    "KeptNotice",
    "LineKind",
    "Missed",
    "Notice",
    "NoticeAnswer",
    "NoticeRefused",
    "NoticeRow",
    "Outcome",
    "Pending",
    "ProofRefused",
    "Provider",
    "ProviderUnknown",
    "Providers",
    "RefundAnswer",
    "RefundFailed",
    "Refunded",
    "ReportLine",
    "ReportUnreadable",
    "RequiresAction",
    "SavedMethod",
    "Settled",
    "Storefront",
    "TakesCurrencies",
    "Unknown",
    "configured",
    "keep_notice",
    "keep_refused_notice",
    "kept_events",
    "mark_notice",
    "notices_about",
]
