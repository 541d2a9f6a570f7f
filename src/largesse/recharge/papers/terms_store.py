"""All SQL of terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from largesse.kernel.database import Connection


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """One version of the terms, and from when on orders are under it."""

    version: str
    text: str
    valid_from: datetime


async def newest(connection: Connection, *, now: datetime) -> TermsVersion | None:
    """The newest version that is in force."""
    async with connection.cursor(row_factory=class_row(TermsVersion)) as cursor:
        await cursor.execute(
            "select version, text, valid_from from terms where valid_from <= %s"
            " order by valid_from desc limit 1",
            (now,),
        )
        return await cursor.fetchone()


async def by_version(connection: Connection, *, version: str) -> TermsVersion | None:
    """The version of this name."""
    async with connection.cursor(row_factory=class_row(TermsVersion)) as cursor:
        await cursor.execute(
            "select version, text, valid_from from terms where version = %s", (version,)
        )
        return await cursor.fetchone()
