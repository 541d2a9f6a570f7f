"""Keys are taken as operators hold them, and one that cannot be used names its setting alone."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from largesse.payments import keys
from largesse.settings import SettingsRefused

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
PUBLIC = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def bare(pem: str) -> str:
    """The letters between the lines, as Alipay's own tool writes them."""
    return "".join(pem.strip().splitlines()[1:-1])


@pytest.mark.parametrize("form", ["pem", "one line", "bare", "file"])
def test_a_key_is_read_in_every_form_that_people_keep(form: str, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    for text, read in ((PEM, "private"), (PUBLIC, "public")):
        path.write_text(text)
        given = {
            "pem": text,
            "one line": text.replace("\n", "\\n"),
            "bare": bare(text),
            "file": str(path),
        }[form]
        if read == "private":
            assert keys.private_key(given, setting="S").private_numbers() == KEY.private_numbers()
        else:
            found = keys.public_key(given, setting="S")
            assert found.public_numbers() == KEY.public_key().public_numbers()


def test_a_key_that_cannot_be_used_names_its_setting_and_not_its_value() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    other = curve.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    for text in ("secret-nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA", PUBLIC, other, ""):
        with pytest.raises(SettingsRefused) as refused:
            keys.private_key(text, setting="LARGESSE_ALIPAY_PRIVATE_KEY")
        assert "LARGESSE_ALIPAY_PRIVATE_KEY" in str(refused.value)
        assert not text or text not in str(refused.value)
    for text in ("nonsense", PEM, ""):
        with pytest.raises(SettingsRefused):
            keys.public_key(text, setting="LARGESSE_ALIPAY_PUBLIC_KEY")


def test_a_signature_is_of_one_message_and_one_key() -> None:
    signature = keys.sign(KEY, b"a message")
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert keys.is_signed(KEY.public_key(), b"a message", signature=signature)
    assert not keys.is_signed(KEY.public_key(), b"another", signature=signature)
    assert not keys.is_signed(stranger.public_key(), b"a message", signature=signature)
    for nonsense in ("", "no base64!", "é", base64.b64encode(b"short").decode()):
        assert not keys.is_signed(KEY.public_key(), b"a message", signature=nonsense)
