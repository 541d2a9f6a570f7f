"""Identifiers: UUIDv7 inside and in the database, `prefix_` + 26 characters outside."""

from __future__ import annotations

import io
import os
import threading
import time
from uuid import UUID

from largesse.kernel.errors import NotFound

# Crockford's base32: no i, l, o, u, so an id survives being read aloud. Ids sort by time.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 26
# Two letters at a time: ids are written in every answer and every event.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(120, -1, -10)

_lock = threading.Lock()
_last = 0
# Asking the system for eight bytes at a time would cost more than the rest of an id.
_pool = io.BytesIO()


def _forget_pool() -> None:
    """A forked process must not draw the same bytes as its parent."""
    _pool.seek(0, io.SEEK_END)


os.register_at_fork(after_in_child=_forget_pool)


def make(*, now_ms: int | None = None) -> UUID:
    """A fresh UUIDv7 (RFC 9562), strictly increasing within this process.

    The 12 bits behind the millisecond count up when two ids fall into the same
    millisecond, so ids made one after another always sort in that order.
    """
    global _last, _pool  # noqa: PLW0603 - one counter and one pool a process, under their lock
    moment = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    with _lock:
        _last = tick = max(moment << 12, _last + 1)
        drawn = _pool.read(8)
        if not drawn:
            _pool = io.BytesIO(os.urandom(4096))
            drawn = _pool.read(8)
    random_part = int.from_bytes(drawn, "big") >> 2
    return UUID(
        int=(tick >> 12) << 80 | 0x7 << 76 | (tick & 0xFFF) << 64 | 0b10 << 62 | random_part
    )


def show(prefix: str, value: UUID) -> str:
    """Write an id the way clients see it, such as `snd_01k9…`."""
    number = value.int
    pairs = [_PAIRS[number >> shift & 1023] for shift in _SHIFTS]
    return f"{prefix}_{''.join(pairs)}"


def read(prefix: str, text: str) -> UUID:
    """Read an id that a client sent; one of the wrong kind or shape is simply not found."""
    kind, _, letters = text.partition("_")
    if kind != prefix or len(letters) != _LENGTH or letters[0] > "7":
        raise NotFound
    number = 0
    for letter in letters:
        value = _VALUES.get(letter)
        if value is None:
            raise NotFound
        number = number << 5 | value
    return UUID(int=number)
