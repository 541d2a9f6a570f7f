"""Short-lived tokens that open the room socket, for people and for guests."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from largesse.kernel import ids
from largesse.rooms import Actor

LIFETIME = timedelta(minutes=15)
_LENGTH_MAX = 1024


class TokenRefused(Exception):
    """A token that is not ours, or not a token."""


class TokenExpired(Exception):
    """A token of ours whose time is over; a fresh one opens the door."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who may connect until when: a person, or a guest when `account` is None."""

    session: UUID
    expires_at: datetime
    account: UUID | None = None
    actor: Actor | None = None


class _Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    s: UUID
    x: int
    a: UUID | None = None
    p: Actor | None = None


class Tokens:
    """Signs and reads tokens under a key that is derived from the server's secret."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.blake2b(
            secret.encode(), person=b"largesse-socket", digest_size=32
        ).digest()

    def issue(
        self, *, now: datetime, account: UUID | None = None, actor: Actor | None = None
    ) -> str:
        """A token that lives for fifteen minutes; without an account it is a guest's."""
        expires = int((now + LIFETIME).timestamp())
        body = _text(msgspec.json.encode(_Claims(s=ids.make(), x=expires, a=account, p=actor)))
        return f"{body}.{_text(self._signature(body))}"

    def read(self, token: str, *, now: datetime) -> Bearer:
        """Whose token this is; raises `TokenRefused` or `TokenExpired`."""
        if len(token) > _LENGTH_MAX:
            raise TokenRefused
        body, _, signature = token.partition(".")
        try:
            if not hmac.compare_digest(_bytes(signature), self._signature(body)):
                raise TokenRefused
            said = msgspec.json.decode(_bytes(body), type=_Claims)
        except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
            raise TokenRefused from error
        expires_at = datetime.fromtimestamp(said.x, UTC)
        if expires_at <= now:
            raise TokenExpired
        return Bearer(session=said.s, expires_at=expires_at, account=said.a, actor=said.p)

    def _signature(self, body: str) -> bytes:
        return hmac.digest(self._key, body.encode(), "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
