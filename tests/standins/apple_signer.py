"""A chain of three certificates as Apple's is, with a root of our own, and a hand that signs with it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

# Apple marks the certificates that sign for the App Store with these extensions.
LEAF_MARK = "1.2.840.113635.100.6.11.1"
MIDDLE_MARK = "1.2.840.113635.100.6.2.1"

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Signer:
    """Signs as Apple does: ES256, with the chain in the header."""

    root: bytes
    chain: tuple[bytes, ...]
    key: Key

    def sign(self, payload: dict[str, Any], *, alg: str = "ES256", **headers: Any) -> str:
        """A compact JWS."""
        x5c = [base64.b64encode(one).decode() for one in self.chain]
        key: Any = self.key if alg == "ES256" else "a secret that is long enough for anybody"
        return jwt.encode(payload, key, algorithm=alg, headers={"x5c": x5c} | headers)

    def with_key(self, key: Key) -> Signer:
        """The same chain, and a key that does not belong to it."""
        return replace(self, key=key)


def new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def new_signer(
    *,
    leaf_mark: str | None = LEAF_MARK,
    middle_mark: str | None = MIDDLE_MARK,
    days: int = 3650,
    began_days_ago: int = 30,
) -> Signer:
    """A fresh chain; without its marks it is somebody's who also has certificates."""
    root_key, middle_key, leaf_key = new_key(), new_key(), new_key()
    starts = datetime.now(UTC) - timedelta(days=began_days_ago)
    root = _certificate("Root", root_key, issuer=("Root", root_key), starts=starts, days=days)
    middle = _certificate(
        "Middle",
        middle_key,
        issuer=("Root", root_key),
        starts=starts,
        days=days,
        mark=middle_mark,
    )
    leaf = _certificate(
        "Leaf",
        leaf_key,
        issuer=("Middle", middle_key),
        starts=starts,
        days=days,
        mark=leaf_mark,
        is_authority=False,
    )
    chain = tuple(one.public_bytes(Encoding.DER) for one in (leaf, middle, root))
    return Signer(root=chain[2], chain=chain, key=leaf_key)


def _certificate(
    name: str,
    key: Key,
    *,
    issuer: tuple[str, Key],
    starts: datetime,
    days: int,
    mark: str | None = None,
    is_authority: bool = True,
) -> x509.Certificate:
    issuer_name, issuer_key = issuer
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(starts + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(_usage(is_authority=is_authority), critical=True)
    )
    if mark is not None:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(mark), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=False)
    return builder.sign(issuer_key, SHA256())


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
