"""Passwords: hashed with Argon2id away from the event loop, and never too easy."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from largesse.kernel.errors import Invalid
from largesse.people.model import WeakPassword

LENGTH_MIN, LENGTH_MAX = 8, 256
SCORE_MIN = 2
# zxcvbn refuses longer input; what comes behind cannot make a password weaker.
_ESTIMATED_LENGTH = 72

# OWASP's smallest recommended Argon2id setting: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Two threads: hashing may fill the machine's cores, never its memory.
_threads = ThreadPoolExecutor(2, thread_name_prefix="password")
# Compared when there is no such account, so that a refusal takes the same time.
_DECOY = _hasher.hash("no such account")


def require_strong(password: str, *, inputs: list[str]) -> None:
    """Refuse what a guesser tries first, the person's own name included."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise Invalid(f"A password has {LENGTH_MIN} to {LENGTH_MAX} characters.", field="password")
    verdict = zxcvbn(password[:_ESTIMATED_LENGTH], user_inputs=inputs)
    if verdict["score"] < SCORE_MIN:
        raise WeakPassword(verdict["feedback"]["warning"] or None)


async def hashed(password: str) -> str:
    """The hash to keep; about 40 ms of one core."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; takes as long when there is no account at all."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _verified, stored, password)


def _verified(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(stored or _DECOY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
