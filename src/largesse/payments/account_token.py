"""Our order's id in the shape that app stores carry: a bare UUID."""

from __future__ import annotations

from uuid import UUID

from largesse.kernel import ids


def account_token(reference: str) -> str:
    """What an app names as its account when it buys for this order."""
    return str(ids.read("rch", reference))


def reference_of(token: str | None) -> str:
    """The order that a store's purchase names; empty when it names none."""
    try:
        return ids.show("rch", UUID(token or ""))
    except ValueError:
        return ""
