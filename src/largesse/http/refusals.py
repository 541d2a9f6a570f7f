"""Turn whatever a handler raised into a problem document (RFC 9457)."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from largesse.kernel import problems
from largesse.kernel.errors import InternalError, Invalid, LargesseError, Malformed, NotFound

# Clients compare this with the version they were built for and reload when it is newer.
API_VERSION = "1"
VERSION_HEADER = "X-Largesse-Api"

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger()


class MethodNotAllowed(LargesseError):
    """This address does not answer that method."""

    code = "method_not_allowed"


class PayloadTooLarge(LargesseError):
    """The request body is larger than anything we ask for."""

    code = "payload_too_large"


def refused(_request: Request[Any, Any, Any], error: LargesseError) -> Response[bytes]:
    """A refusal of ours, worded by the one table."""
    body = problems.document(error)
    headers = {VERSION_HEADER: API_VERSION}
    wait = error.facts.get("retry_after") or problems.RETRY_AFTER_SECONDS.get(error.code)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if error.code == "sign_in_required":
        headers["WWW-Authenticate"] = "Bearer"
    return Response(
        msgspec.json.encode(body),
        status_code=body["status"],
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def refused_by_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refuses before a handler runs, in our words and codes."""
    match error:
        case ValidationException():
            return refused(request, Invalid(_first_complaint(error)))
        case HTTPException(status_code=404):
            return refused(request, NotFound())
        case HTTPException(status_code=405):
            return refused(request, MethodNotAllowed())
        case HTTPException(status_code=413):
            return refused(request, PayloadTooLarge())
        case HTTPException(status_code=status) if status < 500:
            return refused(request, Malformed(error.detail or None))
        case _:
            return broken(request, error)


def broken(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """An error of our own: logged with its trace, answered without one."""
    log.error("request_failed", path=request.url.path, method=request.method, exc_info=error)
    return refused(request, InternalError())


def _first_complaint(error: ValidationException) -> str:
    extra = error.extra
    if isinstance(extra, list) and extra and isinstance(extra[0], dict):
        key, message = extra[0].get("key", ""), extra[0].get("message", "")
        if key == "data":
            return "This request needs a JSON body."
        return f"{key}: {message}" if key else str(message)
    return str(error.detail)


HANDLERS: dict[Any, Any] = {
    LargesseError: refused,
    HTTPException: refused_by_framework,
    Exception: broken,
}
