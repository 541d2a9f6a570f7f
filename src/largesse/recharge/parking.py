"""A provider's fact as a document and back, for facts that have to wait."""

from __future__ import annotations

from typing import Any

import msgspec

from largesse.payments import (
    Abandoned,
    Declined,
    Disputed,
    Outcome,
    Pending,
    Refunded,
    RefundFailed,
    RequiresAction,
    Settled,
)

# Whoever knows nothing, or only that nobody has paid yet, says nothing worth waiting for.
WORTH_KEEPING = (Settled, Refunded, RefundFailed, Disputed)

_FACTS: dict[str, type[Outcome]] = {
    fact.__name__: fact
    for fact in (
        Settled,
        Pending,
        RequiresAction,
        Declined,
        Abandoned,
        Refunded,
        RefundFailed,
        Disputed,
    )
}


def packed(outcome: Outcome) -> dict[str, Any]:
    """A fact as JSON values, under its own name."""
    facts: dict[str, Any] = msgspec.to_builtins(outcome)
    # A saved method is a secret between us and the provider, and asking tells it again.
    facts.pop("saved", None)
    return {"fact": type(outcome).__name__} | facts


def unpacked(document: dict[str, Any]) -> Outcome:
    """The fact that a document is."""
    facts = dict(document)
    kind = _FACTS[facts.pop("fact")]
    return msgspec.convert(facts, type=kind)
