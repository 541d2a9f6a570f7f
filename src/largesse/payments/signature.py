"""Standard Webhooks signatures: HMAC-SHA256 over id.timestamp.body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from largesse.payments.provider import NoticeRefused

AGE_SECONDS_MAX = 300


def sign(*, secret: bytes, notice_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that make a notice genuine."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{_digest(secret, notice_id, timestamp, body)}",
    }


def verify(
    headers: Mapping[str, str], body: bytes, *, secrets: Sequence[bytes], now: datetime
) -> str:
    """The id of a genuine and fresh notice; any of the secrets will do (two during rotation).

    Every refusal reads the same, so that nobody learns which part was almost right.
    """
    notice_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    given = [
        signature.removeprefix("v1,")
        for signature in headers.get("webhook-signature", "").split()
        if signature.startswith("v1,")
    ]
    if not 0 < len(notice_id) <= 200 or not notice_id.isascii():
        raise NoticeRefused
    if not timestamp.isascii() or not timestamp.isdigit():
        raise NoticeRefused
    if len(timestamp) > 12 or abs(int(timestamp) - int(now.timestamp())) > AGE_SECONDS_MAX:
        raise NoticeRefused
    wanted = [_digest(secret, notice_id, timestamp, body) for secret in secrets]
    matches = [
        hmac.compare_digest(one.encode(errors="replace"), other.encode())
        for one in given[:8]
        for other in wanted
    ]
    if not any(matches):
        raise NoticeRefused
    return notice_id


def _digest(secret: bytes, notice_id: str, timestamp: str, body: bytes) -> str:
    content = f"{notice_id}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
