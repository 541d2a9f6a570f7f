"""Prove that a notice is PayPal's: its certificate, its signature, its age.

PayPal signs `transmission id|time|webhook id|CRC-32 of the body` with a key whose certificate
lies at an address that the notice itself names. That address is believed only when it is
PayPal's own, and what lies there only when it names PayPal's signer.
https://developer.paypal.com/api/rest/webhooks/rest/
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from largesse.kernel.errors import Unavailable
from largesse.payments import keys
from largesse.payments.provider import NoticeRefused

# PayPal tries for three days and may repeat the first try's time. What protects from a replay
# within them is that each event is kept once; the age only bounds how long that must hold.
AGE_MAX = timedelta(days=4)
AHEAD_MAX = timedelta(minutes=5)

_CERTIFICATE_BYTES_MAX = 64 * 1024
_CERTIFICATES_MAX = 8
_PATH = r"/v1/notifications/certs/[A-Za-z0-9_-]{1,100}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Where a signer's certificate may lie, and whom it must name. Each is one whole pattern."""

    address: str
    name: str


def trust_of(api_url: str) -> Trust:
    """PayPal's own hosts. Its sandbox vouches for nothing live."""
    # Whole patterns, so that `paypal.com.evil.example` and `user@` forms are no match.
    host = urlsplit(api_url).hostname or ""
    is_sandbox = host.endswith(".sandbox.paypal.com")
    zone = r"(sandbox\.)?paypal\.com" if is_sandbox else r"paypal\.com"
    return Trust(address=rf"https://[a-z0-9-]+\.{zone}{_PATH}", name=rf"[a-z0-9-]+\.{zone}")


class Signatures:
    """Verifies notices of one webhook, and keeps the few certificates that sign them."""

    def __init__(self, *, webhook_id: str, trust: Trust, client: httpx.AsyncClient) -> None:
        assert webhook_id
        self._webhook_id = webhook_id
        self._trust = trust
        self._client = client
        self._known: dict[str, x509.Certificate] = {}
        # Strangers can name addresses all day; PayPal is asked for one at a time.
        self._asking = asyncio.Lock()

    async def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        """Return for a genuine notice; raise `NoticeRefused`, or `Unavailable` when PayPal is away."""
        transmission = headers.get("paypal-transmission-id", "")
        time = headers.get("paypal-transmission-time", "")
        address = headers.get("paypal-cert-url", "")
        if headers.get("paypal-auth-algo", "") != "SHA256withRSA":
            raise NoticeRefused
        if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", transmission) or not _is_fresh(time, now=now):
            raise NoticeRefused
        if not re.fullmatch(self._trust.address, address):
            raise NoticeRefused
        signature = headers.get("paypal-transmission-sig", "")
        message = f"{transmission}|{time}|{self._webhook_id}|{zlib.crc32(body)}"
        key = await self._key(address, now=now)
        if not keys.is_signed(key, message.encode(), signature=signature):
            raise NoticeRefused

    async def _key(self, address: str, *, now: datetime) -> RSAPublicKey:
        certificate = self._known.get(address)
        if certificate is None:
            async with self._asking:
                certificate = self._known.get(address) or await self._fetched(address)
                self._check_name(certificate)
                if len(self._known) >= _CERTIFICATES_MAX:
                    self._known.clear()
                self._known[address] = certificate
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise NoticeRefused
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey):
            raise NoticeRefused
        return key

    async def _fetched(self, address: str) -> x509.Certificate:
        try:
            answer = await self._client.get(address, follow_redirects=False)
        except httpx.HTTPError as error:
            raise Unavailable from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable
        if answer.status_code != 200 or len(answer.content) > _CERTIFICATE_BYTES_MAX:
            raise NoticeRefused
        try:
            return x509.load_pem_x509_certificate(answer.content)
        except ValueError as error:
            raise NoticeRefused from error

    def _check_name(self, certificate: x509.Certificate) -> None:
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if len(names) != 1 or not re.fullmatch(self._trust.name, str(names[0].value)):
            raise NoticeRefused


def _is_fresh(time: str, *, now: datetime) -> bool:
    if len(time) > 40 or not time.isascii():
        return False
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return False
    return at.tzinfo is not None and -AGE_MAX <= at - now <= AHEAD_MAX
