"""Stripe's webhook signature, checked against our clock.

`Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]`, HMAC-SHA256 over `t.body`; while an endpoint's
secret is being replaced there is one v1 a secret. https://docs.stripe.com/webhooks/signature
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from largesse.payments.provider import NoticeRefused

AGE_SECONDS_MAX = 300
HEADER = "stripe-signature"
_SIGNATURES_MAX = 8


def sign(body: bytes, *, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The header that makes a notice genuine, with one signature a secret."""
    timestamp = str(int(at.timestamp()))
    signatures = [f"v1={_digest(secret, timestamp, body)}" for secret in secrets]
    return {HEADER: ",".join([f"t={timestamp}", *signatures])}


def verify(
    headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime
) -> None:
    """Pass a genuine and fresh notice; any of the secrets will do.

    Every refusal reads the same, so that nobody learns which part was almost right.
    """
    parts = [part.strip().partition("=") for part in headers.get(HEADER, "").split(",")]
    timestamp = next((value for name, _, value in parts if name == "t"), "")
    given = [value for name, _, value in parts if name == "v1"]
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        raise NoticeRefused
    if abs(int(timestamp) - int(now.timestamp())) > AGE_SECONDS_MAX:
        raise NoticeRefused
    wanted = [_digest(secret, timestamp, body) for secret in secrets]
    matches = [
        hmac.compare_digest(one.encode(errors="replace"), other.encode())
        for one in given[:_SIGNATURES_MAX]
        for other in wanted
    ]
    if not any(matches):
        raise NoticeRefused


def _digest(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
