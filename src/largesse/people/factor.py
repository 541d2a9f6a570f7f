"""The arithmetic of a second factor: sealed secrets, codes of the half minute, recovery codes."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime
from uuid import UUID

import pyotp
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

STEP_SECONDS = 30
# A telephone's clock may be half a minute off, either way.
STEPS_OFF_MAX = 1
RECOVERY_CODES = 10
_NONCE_BYTES = 12
# Crockford's letters, so that a code survives being written down by hand.
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


class FactorKeys:
    """Three keys that derive from the server's secret, each for one purpose."""

    def __init__(self, secret: str) -> None:
        self._sealing = AESGCM(_derived(secret, b"largesse factor secret"))
        self._recovery = _derived(secret, b"largesse recovery code")
        self._challenge = _derived(secret, b"largesse step-up challenge")

    def seal(self, secret: str, *, factor: UUID) -> bytes:
        """A factor's secret as it may lie in the database; it opens for this factor alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, secret.encode(), factor.bytes)

    def unseal(self, sealed: bytes, *, factor: UUID) -> str:
        """The secret again; raises `InvalidTag` where somebody changed or moved it."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self._sealing.decrypt(nonce, text, factor.bytes).decode()

    def recovery_digest(self, code: str, *, person: int) -> bytes:
        """How a recovery code is kept and found; useless to whoever has only the database."""
        plain = re.sub(r"[\s-]", "", code).lower().replace("o", "0")
        plain = plain.replace("i", "1").replace("l", "1")
        return hmac.digest(self._recovery, f"{person}:{plain}".encode(), "sha256")

    def challenge(self, facts: bytes) -> bytes:
        """The seal of what somebody is asked to confirm."""
        return hmac.digest(self._challenge, facts, "sha256")


def fresh_secret() -> str:
    """160 random bits, as RFC 4226 wants them, in the letters that authenticator apps read."""
    return pyotp.random_base32()


def address(secret: str, *, handle: str) -> str:
    """What the QR code says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=handle, issuer_name="Largesse")


def fitting_step(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """The half minute that a code is of, if it is near now and later than the last one used."""
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    digits = re.sub(r"\s", "", code)
    found = None
    for step in range(current - STEPS_OFF_MAX, current + STEPS_OFF_MAX + 1):
        is_right = hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode())
        if is_right and step > after:
            found = step
    return found


def is_totp(code: str) -> bool:
    """Whether this looks like six digits from an app; anything else may be a recovery code."""
    return re.fullmatch(r"\s*\d{3}\s*\d{3}\s*", code, re.ASCII) is not None


def fresh_recovery_codes() -> list[str]:
    """Ten codes of fifty random bits each, such as `k3v9x-0tq7m`."""
    letters = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    return [f"{one[:5]}-{one[5:]}" for one in letters]


def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
