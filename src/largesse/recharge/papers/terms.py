"""What buyers agree to, in versions that never change."""

from __future__ import annotations

import re
from datetime import datetime

from largesse.kernel.database import Connection
from largesse.kernel.errors import NotFound
from largesse.recharge.papers import terms_store as store
from largesse.recharge.papers.terms_store import TermsVersion

_VERSION = re.compile("[0-9a-z.-]{1,40}")


async def current_terms(connection: Connection, *, now: datetime) -> TermsVersion:
    """The terms that an order of this moment is under."""
    found = await store.newest(connection, now=now)
    assert found is not None, "there are no terms"
    return found


async def terms_of(connection: Connection, *, version: str) -> TermsVersion:
    """The terms of an earlier order, or of one to come; raises `NotFound`."""
    is_name = _VERSION.fullmatch(version) is not None
    found = await store.by_version(connection, version=version) if is_name else None
    if found is None:
        raise NotFound
    return found
