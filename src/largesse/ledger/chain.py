"""The form of a seal: what of a row is kept, what a digest covers, and how a difference names its row.

A block is a run of journal numbers. Each row of `journal`, `transfer` and `lot` that
belongs to it leaves a *mark*, the first 16 bytes of the SHA-256 of the row as
PostgreSQL sends it (see `seal_store`). Journals' marks lie at their number, so a gap
is visible too; the others lie behind their key. The block's digest covers its marks
and the digest before it: whoever keeps one digest elsewhere keeps all books before it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MARK_BYTES = 16
TRANSFER_KEY_BYTES = 10  # seq, leg
LOT_KEY_BYTES = 24  # seq, id
NO_ROW = bytes(MARK_BYTES)
GENESIS = bytes(32)

_HEADER = struct.Struct(">4q3i3h")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Widths:
    """How many columns the sealed tables had; columns that came later are null in older rows."""

    journal: int
    transfer: int
    lot: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What there is in the journal numbers from `seq_from` to `seq_to`, both included."""

    seq_from: int
    seq_to: int
    marks: bytes
    transfer_marks: bytes
    lot_marks: bytes
    doubled: int | None = None
    """The first number that two journals have, which no honest hand can cause."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed block, and the digest of the one before it."""

    block: int
    contents: Contents
    widths: Widths
    at: datetime
    previous: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class SealHead:
    """The newest block of the chain: enough to go on from, and to keep elsewhere."""

    block: int
    seq_to: int
    at: datetime
    digest: bytes


@dataclass(frozen=True, slots=True)
class KeptSeal:
    """A block's digest that somebody kept elsewhere, to hold against the chain."""

    block: int
    digest: bytes


class NotASeal(ValueError):
    """What was given is not BLOCK:DIGEST, as an audit prints it."""


def read_kept_seal(text: str) -> KeptSeal:
    """Read BLOCK:DIGEST as an audit prints it; raises `NotASeal`."""
    block, _, digest = text.strip().partition(":")
    try:
        kept = KeptSeal(int(block), bytes.fromhex(digest))
    except ValueError as error:
        raise NotASeal(f"{text!r} is not BLOCK:DIGEST") from error
    if len(kept.digest) != len(GENESIS):
        raise NotASeal(f"the digest has {len(kept.digest)} bytes, not {len(GENESIS)}")
    return kept


def sealed(contents: Contents, *, after: SealHead | None, widths: Widths, at: datetime) -> Seal:
    """The next block of the chain."""
    block = 1 if after is None else after.block + 1
    previous = GENESIS if after is None else after.digest
    unsigned = Seal(block, contents, widths, at, previous, b"")
    return Seal(block, contents, widths, at, previous, digest_of(unsigned))


def digest_of(seal: Seal) -> bytes:
    """SHA-256 of the digest before, the block's numbers, and its marks."""
    contents, widths = seal.contents, seal.widths
    header = _HEADER.pack(
        seal.block, contents.seq_from, contents.seq_to,
        (seal.at - _EPOCH) // timedelta(microseconds=1),
        len(contents.marks), len(contents.transfer_marks), len(contents.lot_marks),
        widths.journal, widths.transfer, widths.lot,
    )  # fmt: skip
    digest = hashlib.sha256(seal.previous)
    for part in (header, contents.marks, contents.transfer_marks, contents.lot_marks):
        digest.update(part)
    return digest.digest()


def joined(seals: Sequence[Seal]) -> Contents:
    """What blocks that follow each other without a gap say together."""
    parts = [seal.contents for seal in seals]
    return Contents(
        parts[0].seq_from,
        parts[-1].seq_to,
        b"".join(part.marks for part in parts),
        b"".join(part.transfer_marks for part in parts),
        b"".join(part.lot_marks for part in parts),
    )


def by_number(
    numbers: Sequence[int], marks: bytes, *, first: int, last: int
) -> tuple[bytes, int | None]:
    """Put each journal's mark at its number; also returns the first number that came twice."""
    if numbers == list(range(first, last + 1)):
        return marks, None
    placed = bytearray(MARK_BYTES * (last - first + 1))
    doubled = None
    before = None
    for index, number in enumerate(numbers):
        if number == before:
            doubled = number if doubled is None else doubled
            continue
        before = number
        start = (number - first) * MARK_BYTES
        placed[start : start + MARK_BYTES] = marks[index * MARK_BYTES : (index + 1) * MARK_BYTES]
    return bytes(placed), doubled


def first_wrong_number(kept: Contents, found: Contents) -> int | None:
    """The first journal number where something else is found than was sealed."""
    wrong = [] if found.doubled is None else [found.doubled]
    if kept.marks != found.marks:
        ours, theirs = memoryview(kept.marks), memoryview(found.marks)
        starts = range(0, len(kept.marks), MARK_BYTES)
        wrong += [
            kept.seq_from
            + next(
                at for at in starts if ours[at : at + MARK_BYTES] != theirs[at : at + MARK_BYTES]
            )
            // MARK_BYTES
        ]
    return min(wrong, default=None)


def mark_at(kept: Contents, number: int) -> set[bytes]:
    """The mark that was sealed for a journal number, if there was a journal."""
    start = (number - kept.seq_from) * MARK_BYTES
    return {kept.marks[start : start + MARK_BYTES]} - {NO_ROW}


def first_wrong_key(kept: bytes, found: bytes, *, key_bytes: int) -> bytes | None:
    """The first key that has other marks than were sealed behind it."""
    if kept == found:
        return None
    width = key_bytes + MARK_BYTES
    # Same entries in another order cannot be: both sides are in the order of their keys.
    different = _entries(kept, width) ^ _entries(found, width)
    return min(entry[:key_bytes] for entry in different)


def marks_behind(entries: bytes, key: bytes) -> set[bytes]:
    """All marks that are kept behind a key."""
    width = len(key) + MARK_BYTES
    return {entry[len(key) :] for entry in _entries(entries, width) if entry.startswith(key)}


def verdict(kept: set[bytes], found: set[bytes]) -> str:
    """What happened to a row, by its marks then and now."""
    if not found:
        return "was deleted after it was sealed"
    if kept <= found:
        return "was inserted after its block was sealed"
    return "was altered after it was sealed"


def _entries(entries: bytes, width: int) -> set[bytes]:
    return {entries[at : at + width] for at in range(0, len(entries), width)}
