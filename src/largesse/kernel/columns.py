"""Columns of a batch in PostgreSQL's binary array form, built whole instead of value by value.

A batch of acts travels as one array a column. Adapting each value costs the driver
more than the database needs to store it, so the arrays are put together from bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER = struct.Struct(">iiIii")
_EIGHT = (8).to_bytes(4, "big")
_SIXTEEN = (16).to_bytes(4, "big")
_ONE = (1).to_bytes(4, "big")
_MISSING = b"\xff\xff\xff\xff"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Whole(bytes):
    """A bigint[] on its way."""


class Uuids(bytes):
    """A uuid[] on its way."""


class Moments(bytes):
    """A timestamptz[] on its way."""


class Flags(bytes):
    """A boolean[] on its way."""


# What a column is, as PostgreSQL numbers its array type and the type in it.
_TYPES: dict[type[bytes], tuple[int, int]] = {
    Whole: (1016, 20),
    Uuids: (2951, 2950),
    Moments: (1185, 1184),
    Flags: (1000, 16),
}


def whole(values: Sequence[int]) -> Whole:
    """Whole numbers of up to eight bytes."""
    count = len(values)
    pairs = [8] * (2 * count)
    pairs[1::2] = values
    return Whole(_head(Whole, count) + struct.pack(">" + "iq" * count, *pairs))


def uuids(values: Sequence[UUID | None]) -> Uuids:
    """Ids, or None."""
    body = b"".join([_MISSING if v is None else _SIXTEEN + v.bytes for v in values])
    return Uuids(_head(Uuids, len(values), holes=len(body) != 20 * len(values)) + body)


def digests(values: Sequence[bytes]) -> Uuids:
    """Sixteen bytes each, kept as ids."""
    return Uuids(_head(Uuids, len(values)) + _SIXTEEN + _SIXTEEN.join(values))


def moments(values: Iterable[datetime]) -> Moments:
    """Moments to the microsecond."""
    known: dict[datetime, bytes] = {}
    parts = []
    for value in values:
        part = known.get(value)
        if part is None:
            micros = (value - _EPOCH) // _MICROSECOND
            part = known[value] = _EIGHT + micros.to_bytes(8, "big", signed=True)
        parts.append(part)
    return Moments(_head(Moments, len(parts)) + b"".join(parts))


def flags(values: Sequence[bool]) -> Flags:
    """True or false."""
    return Flags(
        _head(Flags, len(values)) + b"".join([_ONE + (b"\1" if v else b"\0") for v in values])
    )


def understand_columns(connection: AsyncConnection[object]) -> None:
    """Let a connection take these columns as parameters."""
    for column, (array, _) in _TYPES.items():
        connection.adapters.register_dumper(column, _dumper(array))


def _head(column: type[bytes], count: int, *, holes: bool = False) -> bytes:
    return _HEADER.pack(1, holes, _TYPES[column][1], count, 1)


def _dumper(number: int) -> type[Dumper]:
    class Ready(Dumper):
        """The bytes are the parameter."""

        format = Format.BINARY
        oid = number

        def dump(self, obj: bytes) -> Buffer:
            return obj

    return Ready
