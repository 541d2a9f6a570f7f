"""Keys as operators hold them: PEM, the path of a file, or the bare letters between."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from largesse.settings import SettingsRefused


def private_key(text: str, *, setting: str) -> RSAPrivateKey:
    """Our own key. Raises `SettingsRefused` with the setting's name, never with its value."""
    found = _contents(text, setting)
    try:
        if found.startswith(b"-----BEGIN"):
            key = serialization.load_pem_private_key(found, password=None)
        else:
            key = serialization.load_der_private_key(_der(found), password=None)
    except (ValueError, TypeError):
        raise SettingsRefused(f"{setting} is no private key that can be read") from None
    if not isinstance(key, RSAPrivateKey):
        raise SettingsRefused(f"{setting} must be an RSA key")
    return key


def public_key(text: str, *, setting: str) -> RSAPublicKey:
    """A provider's key. Raises `SettingsRefused` with the setting's name."""
    found = _contents(text, setting)
    try:
        if found.startswith(b"-----BEGIN"):
            key = serialization.load_pem_public_key(found)
        else:
            key = serialization.load_der_public_key(_der(found))
    except ValueError:
        raise SettingsRefused(f"{setting} is no public key that can be read") from None
    if not isinstance(key, RSAPublicKey):
        raise SettingsRefused(f"{setting} must be an RSA key")
    return key


def signing_key(text: str, *, setting: str) -> EllipticCurvePrivateKey:
    """A key for ES256, as Apple hands out (.p8). Raises `SettingsRefused` with the setting's name."""
    try:
        key = serialization.load_pem_private_key(_contents(text, setting), password=None)
    except (ValueError, TypeError):
        raise SettingsRefused(f"{setting} is no private key that can be read") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise SettingsRefused(f"{setting} must be a P-256 key (.p8)")
    return key


def sign(key: RSAPrivateKey, message: bytes) -> str:
    """RSA-SHA256 in base64, as Alipay (RSA2) and WeChat Pay both call for."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def is_signed(key: RSAPublicKey, message: bytes, *, signature: str) -> bool:
    """Whether this is the signature of this message; nonsense is none."""
    try:
        key.verify(
            base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _contents(text: str, setting: str) -> bytes:
    # An environment file keeps a PEM on one line with its line breaks written out.
    text = text.strip().replace("\\n", "\n")
    is_path = len(text) < 1000 and "\n" not in text and Path(text).is_file()
    try:
        return Path(text).read_bytes().strip() if is_path else text.encode()
    except OSError:
        raise SettingsRefused(f"{setting} names a file that cannot be read") from None


def _der(letters: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(letters.split()), validate=True)
    except binascii.Error as error:
        raise ValueError from error
