"""Gift codes: how they are written, read and checked. Pure rules; randomness is an argument.

A code is 80 random bits in Crockford's base32 (https://www.crockford.com/base32.html): sixteen
symbols and one that checks them, shown in groups of four. Whoever types it may use small letters,
O for 0, and I or L for 1.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# The check is modulo 37, so it needs five signs more, and catches every one wrong symbol.
CHECKS = SYMBOLS + "*~$=U"
LENGTH = 16
BYTES = 10
GROUP = 4

_READ = str.maketrans("OIL", "011", "- ")


@dataclass(frozen=True, slots=True)
class CodeKind:
    """What each code of a batch is worth. `price` is what its buyer paid elsewhere, for paid coins.

    `country` and `currency` narrow who may redeem it; None is everybody.
    """

    coins: int
    promo_coins: int
    promo_days: int
    country: str | None
    currency: str | None
    price: int | None
    expires_at: datetime | None

    def __post_init__(self) -> None:
        assert self.coins >= 0
        assert self.promo_coins >= 0
        assert self.coins + self.promo_coins > 0, "a code is worth something"
        assert (self.coins > 0) == (self.price is not None), "paid coins have a price"
        assert (self.price is None) == (self.currency is None), "a price has a currency"


@dataclass(frozen=True, slots=True)
class GiftCode:
    """A code as it is kept: who redeemed it, if anybody did, and what it is worth."""

    id: UUID
    redeemed_by: int | None
    is_void: bool
    kind: CodeKind


def written(secret: bytes) -> str:
    """A code for people: `XXXX-XXXX-XXXX-XXXX-C`."""
    assert len(secret) == BYTES
    number = int.from_bytes(secret)
    symbols = "".join(SYMBOLS[number >> shift & 31] for shift in range(75, -1, -5))
    groups = [symbols[start : start + GROUP] for start in range(0, LENGTH, GROUP)]
    return "-".join([*groups, CHECKS[number % 37]])


def read(text: str) -> bytes | None:
    """The secret of a code that somebody typed; None when a symbol is wrong or missing."""
    symbols = text.upper().translate(_READ)
    if len(symbols) != LENGTH + 1:
        return None
    number = 0
    for symbol in symbols[:LENGTH]:
        value = SYMBOLS.find(symbol)
        if value < 0:
            return None
        number = number << 5 | value
    return number.to_bytes(BYTES) if CHECKS[number % 37] == symbols[LENGTH] else None


def digest(secret: bytes) -> bytes:
    """What is kept of a code. 80 random bits cannot be guessed back from it."""
    return hashlib.sha256(b"largesse gift code " + secret).digest()


def fits(code: GiftCode, *, country: str, currency: str, now: datetime) -> bool:
    """Whether somebody there may redeem it now."""
    kind = code.kind
    return (
        code.redeemed_by is None
        and not code.is_void
        and (kind.expires_at is None or now < kind.expires_at)
        and kind.country in (None, country)
        and kind.currency in (None, currency)
    )
