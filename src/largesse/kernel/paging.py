"""Lists in pages: a cursor names the last row that was seen, never an offset."""

from __future__ import annotations

import base64
import binascii
from typing import Generic, TypeVar

import msgspec

from largesse.kernel.errors import Invalid

T = TypeVar("T")

LIMIT_DEFAULT = 50
LIMIT_MAX = 200


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list, and the cursor of the next one if there is more."""

    data: list[T]
    next: str | None = None


def cursor(position: int) -> str:
    """Wrap the last row's order number, so that nobody builds on its form."""
    return base64.urlsafe_b64encode(str(position).encode()).rstrip(b"=").decode()


def position(after: str | None) -> int | None:
    """Unwrap a cursor; one that we did not make is refused."""
    if after is None:
        return None
    try:
        padded = after.encode() + b"=" * (-len(after) % 4)
        number = int(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error, UnicodeEncodeError) as error:
        raise Invalid("This cursor is not one of ours.", field="after") from error
    if not 0 <= number < 2**63:
        raise Invalid("This cursor is not one of ours.", field="after")
    return number


def limited(limit: int | None) -> int:
    """How many rows a page may have."""
    if limit is None:
        return LIMIT_DEFAULT
    if not 1 <= limit <= LIMIT_MAX:
        raise Invalid(f"limit must be from 1 to {LIMIT_MAX}.", field="limit")
    return limit
