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


def cursor(*position: int) -> str:
    """Wrap the last row's order numbers, so that nobody builds on their form."""
    text = ".".join(str(number) for number in position)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def position(after: str | None) -> int | None:
    """Unwrap a cursor of one number; one that we did not make is refused."""
    numbers = _numbers(after, length=1)
    return None if numbers is None else numbers[0]


def position_pair(after: str | None) -> tuple[int, int] | None:
    """Unwrap a cursor of two numbers, such as a time and the order within it."""
    numbers = _numbers(after, length=2)
    return None if numbers is None else (numbers[0], numbers[1])


def limited(limit: int | None) -> int:
    """How many rows a page may have."""
    if limit is None:
        return LIMIT_DEFAULT
    if not 1 <= limit <= LIMIT_MAX:
        raise Invalid(f"limit must be from 1 to {LIMIT_MAX}.", field="limit")
    return limit


def _numbers(after: str | None, *, length: int) -> list[int] | None:
    if after is None:
        return None
    try:
        padded = after.encode() + b"=" * (-len(after) % 4)
        numbers = [int(part) for part in base64.urlsafe_b64decode(padded).decode().split(".")]
    except (ValueError, binascii.Error) as error:
        raise Invalid("This cursor is not one of ours.", field="after") from error
    if len(numbers) != length or not all(0 <= number < 2**63 for number in numbers):
        raise Invalid("This cursor is not one of ours.", field="after")
    return numbers
