"""Payment providers behind one port, in a closed set of outcomes.

An adapter only translates: it opens a checkout, asks what became of it, gives
money back and reads notices. All knowledge of a provider stays in here. What an
outcome means for an order is decided in `recharge`; nothing here knows a coin.
"""

from __future__ import annotations

from largesse.payments.inbox import NoticeRow, keep_notice, keep_refused_notice, mark_notice
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
    RequiresAction,
    Settled,
    Unknown,
)
from largesse.payments.provider import (
    CheckoutStarted,
    CheckoutWanted,
    Notice,
    NoticeRefused,
    Provider,
    RefundAnswer,
)
from largesse.payments.registry import PARTIES, Providers, ProviderUnknown, configured

__all__ = [
    "PARTIES",
    "Abandoned",
    "Action",
    "CheckoutStarted",
    "CheckoutWanted",
    "DeclineReason",
    "Declined",
    "DisputeStage",
    "Disputed",
    "Notice",
    "NoticeRefused",
    "NoticeRow",
    "Outcome",
    "Pending",
    "Provider",
    "ProviderUnknown",
    "Providers",
    "RefundAnswer",
    "Refunded",
    "RequiresAction",
    "Settled",
    "Unknown",
    "configured",
    "keep_notice",
    "keep_refused_notice",
    "mark_notice",
]
