"""Idempotency as Stripe's v1 API documents it.

The first execution's status and body are kept for a day, a 500 too. Other parameters under the
same key are an error; so is a key whose first call still runs. Nothing is kept of a call that was
turned away before it was executed. https://docs.stripe.com/api/idempotent_requests
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.standins.stripe.books import Refused

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, as it was first given."""

    status: int
    body: bytes


@dataclass
class Drawer:
    """All keys of the last day."""

    _kept: dict[str, tuple[int, str, Kept | None]] = field(default_factory=dict)

    def open(self, key: str, request: str, *, now: int) -> Kept | None:
        """The answer that this key has, or None: then it is this caller's to execute."""
        earlier = self._kept.get(key)
        if earlier is None or earlier[0] + KEPT_SECONDS <= now:
            self._kept[key] = (now, request, None)
            return None
        _, known, answer = earlier
        if known != request:
            refused = Refused(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were"
                " first used with.",
            )
            refused.error["type"] = "idempotency_error"
            raise refused
        if answer is None:
            refused = Refused(
                409,
                "There is currently another in-progress request using this Idempotent Key.",
                code="idempotency_key_in_use",
            )
            raise refused
        return answer

    def keep(self, key: str, answer: Kept) -> None:
        """Give this answer whenever the key comes again."""
        at, request, _ = self._kept[key]
        self._kept[key] = (at, request, answer)

    def forget(self, key: str) -> None:
        """The call was turned away before anything was done."""
        self._kept.pop(key, None)
