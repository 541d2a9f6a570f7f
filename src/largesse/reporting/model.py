"""What an operator may ask for: which form, and which moments, in one written form each."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from largesse.kernel.errors import Invalid
from largesse.ledger import Period

_OFFSET = r"(Z|[+-][0-9]{2}:[0-9]{2})"
_DAY = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_OFFSET}?")
_MOMENT = re.compile(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,6}})?)?{_OFFSET}"
)


class Form(StrEnum):
    """How a report is written."""

    CSV = "csv"
    JSON = "json"


def start_of(text: str, *, field: str) -> datetime:
    """The moment that a text names; a day means its start, in UTC unless it says its offset.

    `2026-03-31`, `2026-03-31+09:00` and `2026-03-31T18:30:00Z` are understood.
    """
    return _read(text, field=field, days=0)


def end_of(text: str, *, field: str) -> datetime:
    """The first moment that no longer counts; a day counts to its end."""
    return _read(text, field=field, days=1)


def period(since: str | None, until: str | None, *, now: datetime) -> Period:
    """From a day's start, or the beginning, to a day's end, or now."""
    first = None if since is None else start_of(since, field="from")
    last = now if until is None else end_of(until, field="to")
    if first is not None and first > last:
        raise Invalid("A period ends after it began.", field="to")
    return Period(first, last)


def moment(at: str | None, *, now: datetime) -> datetime:
    """The end of a day, or a moment, or now."""
    return now if at is None else end_of(at, field="at")


def _read(text: str, *, field: str, days: int) -> datetime:
    day = _DAY.fullmatch(text)
    if day is None and not _MOMENT.fullmatch(text):
        raise Invalid(
            "Use a day such as 2026-03-31 or a moment such as 2026-03-31T18:30:00Z;"
            " in an address, write + as %2B.",
            field=field,
        )
    try:
        if day is None:
            return datetime.fromisoformat(text).astimezone(UTC)
        offset = datetime.fromisoformat(f"2000-01-01T00:00{day[2] or 'Z'}").tzinfo
        start = datetime.combine(date.fromisoformat(day[1]), time(), offset)
        return (start + timedelta(days=days)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("There is no such day.", field=field) from error
