"""Signs a notice as Standard Webhooks says: HMAC-SHA256 over id.timestamp.body."""

from __future__ import annotations

import base64
import hashlib
import hmac


def signed_headers(*, secret: bytes, notice_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers with which a receiver can tell that the notice is genuine."""
    content = f"{notice_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret, content, hashlib.sha256).digest()
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
