"""The refusals that every feature shares, and the base that all of them have."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class LargesseError(Exception):
    """Something was refused, for a reason that the person may know.

    A subclass is a human sentence (its docstring), a stable `code` and facts as
    keyword arguments; the facts and `next` (what the person can do) travel in
    the problem document. Which HTTP status a code has is in `problems.py` alone.
    """

    code: ClassVar[str] = "refused"
    next: ClassVar[str | None] = None

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        self.detail = detail or first_line(type(self))
        self.facts = facts
        super().__init__(self.detail)

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(name)


def first_line(thing: type[LargesseError]) -> str:
    """The first sentence of a refusal's docstring."""
    return inspect.cleandoc(thing.__doc__ or thing.code).splitlines()[0]


class NotFound(LargesseError):
    """There is nothing here under that name."""

    code = "not_found"


class Invalid(LargesseError):
    """The request has a field that cannot be used as it is."""

    code = "invalid_request"


class Malformed(LargesseError):
    """The request could not be read."""

    code = "malformed_request"


class SignInRequired(LargesseError):
    """Sign in first."""

    code = "sign_in_required"
    next = "Sign in, then try again."


class RateLimited(LargesseError):
    """Too many requests; nothing was done."""

    code = "rate_limited"
    next = "Wait a moment, then try again."


class IdempotencyKeyRequired(LargesseError):
    """This request moves value, so it needs an Idempotency-Key header."""

    code = "idempotency_key_required"


class IdempotencyConflict(LargesseError):
    """This Idempotency-Key was already used for a different request."""

    code = "idempotency_conflict"


class RequestInProgress(LargesseError):
    """The first request with this key is still running; its answer is not known yet."""

    code = "request_in_progress"
    next = "Send the same request with the same key again in a moment."


class Unavailable(LargesseError):
    """Largesse cannot reach its books right now; nothing was taken."""

    code = "unavailable"
    next = "Try again in a few seconds with the same key."


class InternalError(LargesseError):
    """Something broke on our side; we have been told."""

    code = "internal_error"
    next = "Try again with the same key: nothing happens twice."
