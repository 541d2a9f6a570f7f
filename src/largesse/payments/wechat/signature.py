"""Signatures with WeChat Pay: ours on calls, theirs on answers and notices.

https://pay.weixin.qq.com/doc/v3/merchant/4012365342
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from largesse.payments import keys

# WeChat Pay signs each try anew, so five minutes are enough, also for the last one.
AGE_SECONDS_MAX = 300
# An APIv3 key is the key of AES-256 itself.
API_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class WeChatAccount:
    """Our merchant account, our key and certificate's serial, and WeChat Pay's public key.

    `notice_url` is where it reports; `api_key` are the 32 bytes that open what notices hold.
    """

    merchant_id: str
    app_id: str
    private_key: RSAPrivateKey = field(repr=False)
    serial: str
    api_key: bytes = field(repr=False)
    public_key_id: str
    public_key: RSAPublicKey
    notice_url: str
    url: str = "https://api.mch.weixin.qq.com"
    fee_bps: int = 60


class Signatures:
    """Signs what we say and checks what WeChat Pay says."""

    def __init__(self, account: WeChatAccount) -> None:
        assert account.merchant_id
        assert account.public_key_id
        self._account = account

    def authorization(
        self, method: str, address: str, body: bytes, *, at: datetime, nonce: str
    ) -> dict[str, str]:
        """The headers of a call. `address` has its query, as it is sent."""
        timestamp = int(at.timestamp())
        message = f"{method}\n{address}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        parts = {
            "mchid": self._account.merchant_id,
            "nonce_str": nonce,
            "signature": keys.sign(self._account.private_key, message),
            "timestamp": str(timestamp),
            "serial_no": self._account.serial,
        }
        written = ",".join(f'{name}="{value}"' for name, value in parts.items())
        return {
            "authorization": f"WECHATPAY2-SHA256-RSA2048 {written}",
            "accept": "application/json",
            "content-type": "application/json",
            # Asks for a signature by this key and not by the old certificates.
            "wechatpay-serial": self._account.public_key_id,
        }

    def is_genuine(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
        """Whether WeChat Pay signed this, with the key that we hold, within five minutes."""
        timestamp = headers.get("wechatpay-timestamp", "")
        nonce = headers.get("wechatpay-nonce", "")
        serial = headers.get("wechatpay-serial", "")
        if not re.fullmatch(r"[0-9]{1,12}", timestamp):
            return False
        if abs(int(timestamp) - int(now.timestamp())) > AGE_SECONDS_MAX:
            return False
        if not hmac.compare_digest(
            serial.encode(errors="replace"), self._account.public_key_id.encode()
        ):
            return False
        message = f"{timestamp}\n{nonce}\n".encode(errors="replace") + body + b"\n"
        return keys.is_signed(
            self._account.public_key, message, signature=headers.get("wechatpay-signature", "")
        )
