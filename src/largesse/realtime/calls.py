"""Calls over the room socket: the same doors as HTTP, with the same answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec
import structlog

from largesse.kernel import problems
from largesse.kernel.errors import InternalError, Invalid, LargesseError, Malformed
from largesse.people import Viewer

log = structlog.get_logger()

# Takes the viewer and the parameters as JSON; gives the status and body that HTTP would give.
Handler = Callable[[Viewer, bytes], Awaitable[tuple[int, bytes]]]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the socket; `in_order` runs a connection's calls one after another."""

    handler: Handler
    in_order: bool = False


Methods = Mapping[str, Method]


async def answer(
    method: Method, find_viewer: Callable[[], Awaitable[Viewer]], params: bytes
) -> tuple[int, bytes]:
    """Run one call; whatever it raises becomes the problem that HTTP would answer with."""
    try:
        return await method.handler(await find_viewer(), params)
    except LargesseError as error:
        return problem(error)
    except msgspec.ValidationError as error:
        text = str(error)
        _, _, path = text.partition(" - at `$")
        return problem(Invalid(text, field=path.rstrip("`").lstrip(".") or None))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return problem(Malformed("The parameters are not JSON."))
    except Exception:
        log.exception("call_failed")
        return problem(InternalError())


def problem(error: LargesseError) -> tuple[int, bytes]:
    """A refusal as status and problem document."""
    document = problems.document(error)
    return document["status"], msgspec.json.encode(document)
