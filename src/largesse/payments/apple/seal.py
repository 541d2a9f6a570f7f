"""What Apple signs, proven up to Apple's root, in our words.

Apple's own library proves the chain and the signature. Its modes XCODE and LOCAL_TESTING skip
both and are never used. The chain is judged at the moment of signing and not asked about over
the network, so that reading a notice depends on nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from appstoreserverlibrary.models.Environment import Environment
from appstoreserverlibrary.models.JWSTransactionDecodedPayload import JWSTransactionDecodedPayload
from appstoreserverlibrary.models.ResponseBodyV2DecodedPayload import ResponseBodyV2DecodedPayload
from appstoreserverlibrary.signed_data_verifier import (
    SignedDataVerifier,
    VerificationException,
    VerificationStatus,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from largesse.settings import SettingsRefused

# https://www.apple.com/certificateauthority/ : everything that the App Store signs ends here.
ROOT_SHIPPED = Path(__file__).with_name("root_ca_g3.pem")

Read = TypeVar("Read")


class SealBroken(Exception):
    """Not signed by Apple, or not for this app."""


@dataclass(frozen=True, slots=True)
class AppleTransaction:
    """One purchase as Apple states it. `price` is in thousandths of the currency's major unit.

    `is_foreign` says that it was made in the other environment: a test in production, or the
    reverse. `revoked` is the part that went back to the buyer, in thousandths of a per cent.
    """

    id: str
    product: str
    kind: str
    token: str | None
    quantity: int
    price: int | None
    currency: str | None
    is_foreign: bool
    revoked: int


@dataclass(frozen=True, slots=True)
class AppleNotification:
    """One notice: what it is about, its own id, and the purchase inside, still sealed."""

    id: str
    kind: str
    transaction: str | None


class AppleSeal:
    """Reads what Apple signed for one app, in one environment."""

    def __init__(
        self, *, roots: Sequence[bytes], bundle_id: str, app_id: int, is_production: bool
    ) -> None:
        def verifier(environment: Environment) -> SignedDataVerifier:
            return SignedDataVerifier(
                list(roots),
                enable_online_checks=False,
                environment=environment,
                bundle_id=bundle_id,
                app_apple_id=app_id,
            )

        production, sandbox = verifier(Environment.PRODUCTION), verifier(Environment.SANDBOX)
        self._ours, self._other = (production, sandbox) if is_production else (sandbox, production)

    def transaction(self, signed: str) -> AppleTransaction:
        """A signed purchase; raises `SealBroken`."""

        def read(verifier: SignedDataVerifier) -> JWSTransactionDecodedPayload:
            return verifier.verify_and_decode_signed_transaction(signed)

        found, is_foreign = self._opened(read)
        if not found.transactionId or not found.productId:
            raise SealBroken
        revoked = found.revocationPercentage or WHOLE if found.revocationDate else 0
        return AppleTransaction(
            id=found.transactionId,
            product=found.productId,
            kind=found.rawType or "",
            token=found.appAccountToken,
            quantity=1 if found.quantity is None else found.quantity,
            price=found.price,
            currency=found.currency,
            is_foreign=is_foreign,
            revoked=min(revoked, WHOLE),
        )

    def notification(self, signed: str) -> AppleNotification:
        """A signed notice; raises `SealBroken`."""

        def read(verifier: SignedDataVerifier) -> ResponseBodyV2DecodedPayload:
            return verifier.verify_and_decode_notification(signed)

        found, _ = self._opened(read)
        if not found.notificationUUID:
            raise SealBroken
        return AppleNotification(
            id=found.notificationUUID,
            kind=found.rawNotificationType or "",
            transaction=found.data.signedTransactionInfo if found.data else None,
        )

    def _opened(self, read: Callable[[SignedDataVerifier], Read]) -> tuple[Read, bool]:
        """What was signed, and whether for the other environment."""
        try:
            return read(self._ours), False
        except VerificationException as error:
            # Notices of the sandbox name no app id, so they look like another app's at first.
            other = (
                VerificationStatus.INVALID_ENVIRONMENT,
                VerificationStatus.INVALID_APP_IDENTIFIER,
            )
            if error.status not in other:
                raise SealBroken from error
        try:
            return read(self._other), True
        except VerificationException as error:
            raise SealBroken from error


# All of a purchase, in thousandths of a per cent.
WHOLE = 100_000


def roots(folder: str) -> list[bytes]:
    """Trusted roots as DER: those in a folder, or the one that we ship. Raises `SettingsRefused`."""
    if not folder:
        return [_der(ROOT_SHIPPED)]
    endings = {".cer", ".der", ".crt", ".pem"}
    place = Path(folder)
    found = sorted(path for path in place.glob("*") if path.suffix.lower() in endings)
    if not found:
        raise SettingsRefused(f"LARGESSE_APPLE_ROOTS: {folder} holds no certificate (.cer, .pem)")
    return [_der(path) for path in found]


def _der(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        is_text = content.lstrip().startswith(b"-----BEGIN")
        load = x509.load_pem_x509_certificate if is_text else x509.load_der_x509_certificate
        return load(content).public_bytes(Encoding.DER)
    except (OSError, ValueError):
        raise SettingsRefused(f"LARGESSE_APPLE_ROOTS: {path} is no certificate") from None
