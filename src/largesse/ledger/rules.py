"""The ledger's pure rules: no clock, no database, integers only."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID

from largesse.kernel.errors import Invalid
from largesse.kernel.money import LARGEST_AMOUNT

_EPOCH = date(1970, 1, 1).toordinal()


class Periods(NamedTuple):
    """The UTC day, Monday week and month of a moment, as running numbers since 1970."""

    day: int
    week: int
    month: int


def periods(at: datetime) -> Periods:
    """The budget periods that a moment falls into."""
    today = at.astimezone(UTC).date()
    day = today.toordinal() - _EPOCH
    # 1 January 1970 was a Thursday.
    return Periods(day, (day + 3) // 7, (today.year - 1970) * 12 + today.month - 1)


def digest(content: bytes) -> UUID:
    """Sixteen bytes that stand for a key or a body; cheap to store, index and compare."""
    return UUID(bytes=digest_bytes(content))


def digest_bytes(content: bytes) -> bytes:
    """The same sixteen bytes, bare."""
    return hashlib.blake2b(content, digest_size=16).digest()


def key_digest(key: str, *, of: str) -> UUID:
    """What stands for an idempotency key in the books, apart for acts of different origin.

    A person names gifts and holds; we name credits and bookings. Nobody can take a
    name in advance that a credit of theirs will need.
    """
    return digest(key_content(key, of=of))


def key_content(key: str, *, of: str) -> bytes:
    """What is digested of a key."""
    return f"{of}\0{key}".encode()


def part(total: int, *, coins: int, upto: int) -> int:
    """The share of a lot's total that its first `upto` coins carry, rounded down.

    Differences of it telescope: however a lot is cut, its parts add up to the total.
    """
    assert 0 <= upto <= coins
    return total * upto // coins


def whole(value: object, name: str, *, least: int, most: int = LARGEST_AMOUNT) -> int:
    """A whole number inside its range; anything else is refused, a bool and a float too."""
    if type(value) is not int or not least <= value <= most:
        raise Invalid(f"{name} must be a whole number from {least} to {most}.", field=name)
    return value
