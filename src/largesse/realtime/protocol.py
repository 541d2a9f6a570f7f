"""The Centrifugo client protocol in JSON, as pure functions between bytes and values.

A text frame holds commands, one JSON object a line; `{}` is the answer to a ping.
Codes and shapes are those of the public protocol, so its SDKs connect unchanged.
Nothing a stranger sends raises anything but `BadRequest`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import msgspec
from msgspec import Meta, Raw

COMMANDS_IN_FRAME_MAX = 64

_Text = Annotated[str, Meta(max_length=4096)]
_Offset = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_NOTHING = Raw(b"")


class BadRequest(Exception):
    """What came is not the protocol."""


class Refusal(Enum):
    """Answers that refuse one command: code, message, and whether to try again."""

    INTERNAL = (100, "internal server error", True)
    UNAUTHORIZED = (101, "unauthorized", False)
    UNKNOWN_CHANNEL = (102, "unknown channel", False)
    PERMISSION_DENIED = (103, "permission denied", False)
    METHOD_NOT_FOUND = (104, "method not found", False)
    ALREADY_SUBSCRIBED = (105, "already subscribed", False)
    LIMIT_EXCEEDED = (106, "limit exceeded", False)
    BAD_REQUEST = (107, "bad request", False)
    NOT_AVAILABLE = (108, "not available", False)
    TOKEN_EXPIRED = (109, "token expired", False)
    TOO_MANY_REQUESTS = (111, "too many requests", True)


class Farewell(Enum):
    """Why we close a connection; clients come back by themselves below 3500."""

    SHUTDOWN = (3001, "shutdown")
    EXPIRED = (3005, "connection expired")
    SLOW = (3008, "slow")
    NO_PONG = (3012, "no pong")
    INVALID_TOKEN = (3500, "invalid token")
    BAD_REQUEST = (3501, "bad request")
    STALE = (3502, "stale")
    TOO_MANY_CONNECTIONS = (3504, "connection limit")


# An unsubscribe push from 2500 on tells the client to subscribe again.
STATE_INVALIDATED = 2502
ROOM_ENDED = 2000


class Connect(msgspec.Struct, frozen=True):
    token: _Text = ""


class Subscribe(msgspec.Struct, frozen=True):
    channel: _Text
    recover: bool = False
    epoch: _Text = ""
    offset: _Offset = 0


class Unsubscribe(msgspec.Struct, frozen=True):
    channel: _Text


class Rpc(msgspec.Struct, frozen=True):
    method: _Text = ""
    data: Raw = _NOTHING


class Refresh(msgspec.Struct, frozen=True):
    token: _Text = ""


class Empty(msgspec.Struct, frozen=True):
    pass


class _Line(msgspec.Struct, frozen=True):
    """One line as it comes; SDKs may send fields that we do not know."""

    id: Annotated[int, Meta(ge=0, le=2**32 - 1)] = 0
    connect: Connect | None = None
    subscribe: Subscribe | None = None
    unsubscribe: Unsubscribe | None = None
    rpc: Rpc | None = None
    refresh: Refresh | None = None
    ping: Empty | None = None
    send: Empty | None = None
    publish: Empty | None = None
    presence: Empty | None = None
    presence_stats: Empty | None = None
    history: Empty | None = None
    sub_refresh: Empty | None = None


class Pong:
    """The client answered our ping."""


class Unsupported:
    """A command of the protocol that this server does not offer."""


Request = Connect | Subscribe | Unsubscribe | Rpc | Refresh | Pong | Empty | Unsupported


@dataclass(frozen=True, slots=True)
class Command:
    """One request and the number under which the client expects its reply."""

    id: int
    request: Request


_decoder = msgspec.json.Decoder(_Line)
_encode = msgspec.json.Encoder().encode


def read(payload: bytes) -> list[Command]:
    """All commands of one frame, in their order; raises `BadRequest`."""
    lines = [line for line in payload.split(b"\n") if line.strip()]
    if not 0 < len(lines) <= COMMANDS_IN_FRAME_MAX:
        raise BadRequest
    return [_command(line) for line in lines]


def _command(line: bytes) -> Command:
    try:
        said = _decoder.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadRequest from error
    request = (
        said.connect or said.subscribe or said.unsubscribe or said.rpc or said.refresh or said.ping
    )
    if request is not None:
        if not said.id:
            raise BadRequest
        return Command(said.id, request)
    if said.send is not None:
        return Command(0, Unsupported())
    # Only the empty object has neither a number nor a request.
    return Command(said.id, Unsupported() if said.id else Pong())


PING = b"{}"


def refused(number: int, why: Refusal) -> bytes:
    """The reply that says no to one command."""
    code, message, temporary = why.value
    error: dict[str, object] = {"code": code, "message": message}
    if temporary:
        error["temporary"] = True
    return _encode({"id": number, "error": error})


def connected(
    number: int,
    *,
    client: str,
    ttl_seconds: int,
    ping_seconds: int,
    subscriptions: Mapping[str, Mapping[str, object]],
) -> bytes:
    """The reply to `connect`, with the channels that the server subscribed by itself."""
    result = {
        "client": client,
        "version": "largesse",
        "expires": True,
        "ttl": ttl_seconds,
        "ping": ping_seconds,
        "pong": True,
        "subs": subscriptions,
    }
    return _encode({"id": number, "connect": result})


def subscribed(
    number: int,
    *,
    epoch: str,
    offset: int,
    data: bytes | None = None,
    was_recovering: bool = False,
    publications: Sequence[bytes] | None = None,
) -> bytes:
    """The reply to `subscribe`: a snapshot, or exactly the frames that were missed.

    `publications` means recovered, even when it is empty.
    """
    result: dict[str, object] = {"recoverable": True, "epoch": epoch, "offset": offset}
    if was_recovering:
        result["was_recovering"] = True
    if publications is not None:
        result["recovered"] = True
        result["publications"] = [Raw(publication) for publication in publications]
    if data is not None:
        result["data"] = Raw(data)
    return _encode({"id": number, "subscribe": result})


def unsubscribed(number: int) -> bytes:
    """The reply to `unsubscribe`."""
    return _encode({"id": number, "unsubscribe": {}})


def refreshed(number: int, *, client: str, ttl_seconds: int) -> bytes:
    """The reply to `refresh`."""
    result = {"client": client, "version": "largesse", "expires": True, "ttl": ttl_seconds}
    return _encode({"id": number, "refresh": result})


def answered(number: int, *, status: int, body: bytes) -> bytes:
    """The reply to `rpc`: the status and body that HTTP would have answered with."""
    return _encode(
        {"id": number, "rpc": {"data": {"status": status, "body": Raw(body or b"null")}}}
    )


def pinged(number: int) -> bytes:
    """The reply to a ping that the client sent."""
    return _encode({"id": number, "ping": {}})


def publication(data: bytes, *, offset: int | None = None) -> bytes:
    """One published frame as it stands in a push and in a recovered list."""
    tail = b"}" if offset is None else b',"offset":%d}' % offset
    return b'{"data":' + data + tail


def pushed(channel: str, published: bytes) -> bytes:
    """A push of one publication."""
    return b'{"push":{"channel":' + _encode(channel) + b',"pub":' + published + b"}}"


def evicted(channel: str, *, code: int, reason: str) -> bytes:
    """A push that ends one subscription."""
    push = {"channel": channel, "unsubscribe": {"code": code, "reason": reason}}
    return _encode({"push": push})


def frame(payload: bytes) -> bytes:
    """One unmasked WebSocket text frame (RFC 6455 §5.2), the same bytes for every viewer."""
    size = len(payload)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + payload
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def closing(code: int, reason: str) -> bytes:
    """The WebSocket frame that closes a connection with a code and a reason."""
    payload = code.to_bytes(2, "big") + reason.encode()
    return b"\x88" + len(payload).to_bytes(1, "big") + payload
