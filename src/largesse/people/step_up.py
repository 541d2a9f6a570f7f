"""Ask for the second factor once more, for one act and nothing else.

A challenge names the act and its facts (how much, to whom) under our seal. The code
that comes back with it is worth nothing for any other amount or target: change one
fact and the seal no longer fits (PSD2's dynamic linking, RTS article 5).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from largesse.people.factor_errors import SecondFactorMissing, StepUpRequired
from largesse.people.factors import Factors, has_second_factor, prove
from largesse.people.model import Viewer

CHALLENGE_LIFETIME = timedelta(minutes=10)
CHALLENGE_LENGTH_MAX = 200

Facts = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class StepUp:
    """What a request brought with it: the challenge it answers, and a code."""

    challenge: str | None = None
    otp: str | None = None


async def require_step_up(
    factors: Factors, viewer: Viewer, given: StepUp, *, act: str, bound_to: Facts, now: datetime
) -> None:
    """Go on only for a code that was given for exactly this; it is used up then.

    Call it behind every other check and before the transaction that acts.
    Raises `SecondFactorMissing`, `StepUpRequired` with a challenge, `SecondFactorRefused` or
    `RateLimited`.
    """
    async with factors.database.read() as connection:
        if not await has_second_factor(connection, person=viewer.no):
            raise SecondFactorMissing
    facts = _written(viewer, act, bound_to)
    if not given.otp or not given.challenge or not _fits(factors, given.challenge, facts, now=now):
        expires_at = now + CHALLENGE_LIFETIME
        raise StepUpRequired(
            _asked(given),
            challenge=_challenge(factors, facts, expires_at=expires_at),
            bound_to={"act": act, **bound_to},
            expires_at=expires_at.isoformat(),
        )
    await prove(factors, viewer, given.otp, now=now)


def _asked(given: StepUp) -> str | None:
    if given.otp and given.challenge:
        return "What you confirmed has changed or took too long. Confirm it again."
    return None


def _written(viewer: Viewer, act: str, bound_to: Facts) -> bytes:
    """The same facts are always the same bytes, in whatever order they are named."""
    return msgspec.json.encode([str(viewer.id), act, sorted(bound_to.items())])


def _challenge(factors: Factors, facts: bytes, *, expires_at: datetime) -> str:
    expires = int(expires_at.timestamp())
    seal = factors.keys.challenge(f"{expires}.".encode() + facts)
    return f"{expires}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"


def _fits(factors: Factors, challenge: str, facts: bytes, *, now: datetime) -> bool:
    expires, _, seal = challenge.partition(".")
    if not (expires.isascii() and expires.isdigit()) or len(challenge) > CHALLENGE_LENGTH_MAX:
        return False
    try:
        told = base64.b64decode(seal + "=" * (-len(seal) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    wanted = factors.keys.challenge(f"{expires}.".encode() + facts)
    # Whoever has our seal has a time that we wrote, so it is a moment that exists.
    return hmac.compare_digest(told, wanted) and now < datetime.fromtimestamp(int(expires), UTC)
