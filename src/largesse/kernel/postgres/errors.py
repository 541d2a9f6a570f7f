"""What can keep the embedded server from starting, said so that a person can act on it."""

from __future__ import annotations


class PostgresTrouble(RuntimeError):
    """The embedded PostgreSQL cannot be used as things stand.

    The message is complete: what was found, and what to do about it. It never reaches a
    client of the API, so it carries no problem code.
    """
