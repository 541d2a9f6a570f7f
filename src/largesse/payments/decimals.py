"""Amounts as providers write them, such as "4.99", to whole minor units and back, exactly."""

from __future__ import annotations

import re

from largesse.kernel.money import Money, exponent

_WRITTEN = re.compile(r"(\d{1,15})(?:\.(\d{1,6}))?", re.ASCII)


def written(money: Money) -> str:
    """An amount with all decimal places of its currency: `4.99`, and `160` for yen."""
    places = exponent(money.currency)
    if not places:
        return str(money.amount)
    whole, part = divmod(money.amount, 10**places)
    return f"{whole}.{part:0{places}d}"


def read(text: str, currency: str) -> Money:
    """The money that a provider wrote; raises `ValueError` for what is none, or is finer."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"no amount: {text[:40]!r}")
    places = exponent(currency)
    part = (match[2] or "").rstrip("0")
    if len(part) > places:
        raise ValueError(f"no amount: {text[:40]!r}")
    return Money(int(match[1]) * 10**places + int(part.ljust(places, "0") or "0"), currency)
